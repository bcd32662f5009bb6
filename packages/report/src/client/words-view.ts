/** Writes the sentences beside a chart anew. */
import { type DepthWords, depthWords, MOST_SENTENCES } from '../charts/depth-words.js'
import { armClass, type SectionData } from '../charts/page-data.js'
import { chartOf, type ViewState } from '../charts/view-state.js'

function made<K extends keyof HTMLElementTagNameMap>(name: K, className: string, text = ''): HTMLElementTagNameMap[K] {
  const element = document.createElement(name)
  element.className = className
  element.textContent = text
  return element
}

function item({ series, arm, headline, text }: DepthWords, section: SectionData): HTMLLIElement {
  const entry = made('li', armClass(section, series))
  const swatch = made('span', 'swatch arm')
  swatch.ariaHidden = 'true'
  const words = made('div', '')
  words.append(made('bdi', '', arm), made('strong', '', headline), ...(text === '' ? [] : [made('span', '', text)]))
  entry.append(swatch, words)
  return entry
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
