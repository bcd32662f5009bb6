/** The column of one backend: how far it has come, its charts, its figures. */
import { type BackendName, backends } from '../backends.js'
import type { Progress } from '../messages.js'
import type { LiveChart } from '@isograd/report/live'
import { drawing, make } from './elements.js'

/** A chart with its title, and with what it says in words. */
function figureOf({ title, titleId, svg, words }: LiveChart): HTMLElement {
  const sayings = words.map((text) => make('p', { className: 'note' }, text))
  const chart = make('div', { className: 'chart' }, drawing(svg))
  return make('figure', {}, make('figcaption', { id: titleId }, title), chart, ...sayings)
}

/** The names of arms in their colours. */
function keyOf(arms: readonly string[]): HTMLElement {
  const names = arms.map((arm, i) => {
    const swatch = make('span', { className: `swatch arm a${i}` })
    return make('span', {}, swatch, ' ', arm, ' ')
  })
  return make('p', { className: 'note' }, ...names)
}

/** A column. */
export class Column {
  readonly element: HTMLElement
  readonly #bar = make('progress', { value: 0, max: 1 })
  readonly #state = make('p', { className: 'note' }, 'Loading')
  readonly #finals = make('ul')
  readonly #figures = make('div')

  constructor(name: BackendName) {
    this.#bar.setAttribute('aria-label', `Steps trained on ${name}`)
    const head = make('h3', {}, name)
    const about = make('p', { className: 'about' }, backends[name])
    this.element = make('article', { className: 'card experiment one-backend' }, head, about)
    this.element.append(this.#bar, this.#state, this.#finals, this.#figures)
  }

  /** Shows how far it has come. */
  show({ arm, arms, trained, steps, charts, finals }: Progress): void {
    this.#bar.max = Math.max(1, steps)
    this.#bar.value = steps === 0 ? 1 : trained
    const counts = [trained, steps].map((count) => count.toLocaleString('en-US')).join(' of ')
    this.#state.textContent = trained === steps ? `Trained: ${counts} steps` : `${arm}: ${counts} steps`
    this.#finals.replaceChildren(...finals.map((text) => make('li', {}, text)))
    this.#figures.replaceChildren(keyOf(arms), ...charts.map(figureOf))
  }

  /** Says why it goes on no further. */
  end(reason: string): void {
    this.#state.textContent = reason
    this.#state.className = 'note wrong'
  }
}
