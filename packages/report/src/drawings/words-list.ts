/** The sentences beside a chart of gradients by depth, written anew whenever something else is chosen. */
import { type DepthWords, depthWords, MOST_SENTENCES } from '../charts/depth-words.js'
import { armClass, type LineChart, type SectionData } from '../charts/page-data.js'
import type { ViewState } from '../charts/view-state.js'
import { html, type Markup, nameMarkup } from '../markup.js'

function item(section: SectionData, { series, arm, headline, text }: DepthWords): Markup {
  return html`<li class="${armClass(section, series)}">
    <span class="swatch arm" aria-hidden="true"></span>
    <div>${nameMarkup(arm)}<strong>${headline}</strong>${text !== '' && html`<span>${text}</span>`}</div>
  </li>`
}

/** The items of the list. */
export function wordsItems(section: SectionData, chart: LineChart, state: ViewState): Markup {
  const words = depthWords(section, chart, state)
  const more = words.length - MOST_SENTENCES
  return html`${words.slice(0, MOST_SENTENCES).map((each) => item(section, each))}
  ${more > 0 && html`<li class="more"><span>and ${more} more: see the table.</span></li>`}`
}

/** The list; there is none where depth is not judged. */
export function wordsList(section: SectionData, chart: LineChart, state: ViewState): Markup | undefined {
  if (chart.judged !== true) return undefined
  return html`<ul class="words" data-words="${chart.id}">
    ${wordsItems(section, chart, state)}
  </ul>`
}
