/** Writes the sentences beside a chart anew. */
import { type DepthWords, depthWords, MOST_SENTENCES } from '../depth-words.js'
import type { SectionData } from '../page-data.js'
import { chartOf, type ViewState } from '../view-state.js'

function item({ series, arm, text }: DepthWords, section: SectionData): HTMLLIElement {
  const element = document.createElement('li')
  element.className = `a${section.series[series]?.arm ?? 0}`
  const swatch = document.createElement('span')
  swatch.className = 'swatch arm'
  swatch.ariaHidden = 'true'
  const words = document.createElement('span')
  const name = document.createElement('bdi')
  name.textContent = arm
  words.append(name, ` ${text}`)
  element.append(swatch, words)
  return element
}

function more(count: number): HTMLLIElement {
  const element = document.createElement('li')
  element.className = 'more'
  const words = document.createElement('span')
  words.textContent = `and ${count} more: see the table.`
  element.append(words)
  return element
}

/** All lists of sentences of a section. */
export function writeWords(root: Element, section: SectionData, state: ViewState): void {
  for (const list of root.querySelectorAll<HTMLElement>('[data-words]')) {
    const chart = chartOf(section, 'lines', list.dataset['words'] ?? '')
    if (chart === undefined) continue
    const words = depthWords(section, chart, state)
    const shown = words.slice(0, MOST_SENTENCES).map((each) => item(each, section))
    list.replaceChildren(...shown, ...(words.length > shown.length ? [more(words.length - shown.length)] : []))
  }
}
