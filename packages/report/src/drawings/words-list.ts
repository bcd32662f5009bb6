/** The sentences beside a chart of gradients by depth, written anew whenever something else is chosen. */
import { depthWords, MOST_SENTENCES } from '../charts/words.js'
import type { LineChart, SectionData } from '../charts/page-data.js'
import { armClass } from '../charts/series-names.js'
import type { ViewState } from '../charts/view-state.js'
import { html, type Markup, nameMarkup, type Part } from '../markup.js'

/** An item of a list of words: the colour and the name of what it is about, a headline and a sentence. */
export function wordsItem(colour: string, name: string, headline: Part, text: string): Markup {
  return html`<li class="${colour}">
    <span class="swatch arm" aria-hidden="true"></span>
    <div>${nameMarkup(name)}<strong>${headline}</strong>${text !== '' && html`<span>${text}</span>`}</div>
  </li>`
}

/** The items of the list. */
export function wordsItems(section: SectionData, chart: LineChart, state: ViewState): Markup {
  const words = depthWords(section, chart, state)
  const more = words.length - MOST_SENTENCES
  return html`${words.slice(0, MOST_SENTENCES).map(({ series, name, headline, text }) => wordsItem(armClass(section, series), name, headline, text))}
  ${more > 0 && html`<li class="more"><span>and ${more} more: see the table.</span></li>`}`
}

/** The list; there is none where depth is not judged. */
export function wordsList(section: SectionData, chart: LineChart, state: ViewState): Markup | undefined {
  if (chart.judged !== true) return undefined
  return html`<ul class="words" data-words="${chart.id}">
    ${wordsItems(section, chart, state)}
  </ul>`
}
