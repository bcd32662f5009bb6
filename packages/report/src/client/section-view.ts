/** A section in the page: its controls change one state, and the state draws everything. */
import { shownTables } from '../charts/chart-table.js'
import { comparedTable } from '../charts/compared-table.js'
import type { Chart, SectionData } from '../charts/page-data.js'
import { hasFrames } from '../charts/series-names.js'
import { chartOf, framesWith, initialView, type ViewState } from '../charts/view-state.js'
import { wordsItems } from '../drawings/words-list.js'
import { ChartView } from './chart-view.js'
import { Reader } from './reader.js'
import { saveChart } from './save.js'
import { SliderControl } from './slider-control.js'
import { tableMarkup } from './table-markup.js'

/** A section with its state. */
export class SectionView {
  readonly #root: HTMLElement
  readonly #section: SectionData
  readonly #views: readonly ChartView[]
  readonly #readers: readonly Reader[]
  readonly #sliders: readonly SliderControl[]
  #state: ViewState

  constructor(root: HTMLElement, section: SectionData) {
    this.#root = root
    this.#section = section
    this.#state = initialView(section)
    this.#views = section.charts.flatMap((chart) => this.#viewOf(chart))
    this.#readers = this.#views.flatMap(({ drawings }) =>
      drawings.map((drawing) => new Reader(drawing, () => this.#state)),
    )
    this.#sliders = this.#makeSliders()
  }

  #viewOf(chart: Chart): ChartView[] {
    const element = this.#root.querySelector<HTMLElement>(`[data-chart="${chart.id}"]`)
    return element === null ? [] : [new ChartView(this.#section, chart, element)]
  }

  #makeSliders(): SliderControl[] {
    return this.#views.flatMap(({ chart }) => {
      const input = this.#root.querySelector<HTMLInputElement>(`[data-frame="${chart.id}"]`)
      if (input === null || !hasFrames(chart)) return []
      const change = (frame: number): void =>
        this.#change({ frames: framesWith(this.#section, this.#state, chart, frame) })
      return [new SliderControl(this.#root, chart, input, change)]
    })
  }

  /** Reacts to the controls of the section from now on. */
  listen(): void {
    this.#root.addEventListener('change', (event) => this.#onChange(event.target))
    this.#root.addEventListener('click', (event) => this.#onClick(event.target))
    for (const details of this.#root.querySelectorAll<HTMLDetailsElement>('details[data-table]')) {
      details.addEventListener('toggle', () => this.#fillTable(details))
    }
  }

  #onChange(target: EventTarget | null): void {
    if (target instanceof HTMLInputElement && target.type === 'checkbox') this.#readToggles()
    if (!(target instanceof HTMLSelectElement)) return
    const { panelOf, choose, seed } = target.dataset
    if (seed !== undefined) this.#change({ seed: Number(target.value) })
    if (choose !== undefined) this.#choose(choose, target.value)
    if (panelOf !== undefined) this.#choosePanels(panelOf)
  }

  #onClick(target: EventTarget | null): void {
    if (!(target instanceof HTMLButtonElement)) return
    const { all, none, save, of } = target.dataset
    if (all !== undefined) this.#setAll(all, true)
    if (none !== undefined) this.#setAll(none, false)
    const view = this.#views.find(({ chart }) => chart.id === of)
    if (save !== undefined && view !== undefined) void saveChart(save, view, this.#section, this.#state)
  }

  #boxes(kind: string): HTMLInputElement[] {
    return [...this.#root.querySelectorAll<HTMLInputElement>(`input[data-${kind}]`)]
  }

  #setAll(kind: string, checked: boolean): void {
    for (const box of this.#boxes(kind)) box.checked = checked
    this.#readToggles()
  }

  #readToggles(): void {
    this.#change({
      arms: this.#boxes('arm').map(({ checked }) => checked),
      backends: this.#boxes('backend').map(({ checked }) => checked),
    })
  }

  /** Shows one view of a figure. */
  #choose(figure: string, view: string): void {
    for (const element of document.getElementById(figure)?.querySelectorAll<HTMLElement>('.view') ?? []) {
      element.hidden = element.dataset['chart'] !== view
    }
  }

  #choosePanels(map: string): void {
    const selects = [...this.#root.querySelectorAll<HTMLSelectElement>(`select[data-panel-of="${map}"]`)]
    this.#change({ panels: { ...this.#state.panels, [map]: selects.map(({ value }) => Number(value)) } })
  }

  #change(change: Partial<ViewState>): void {
    this.#state = { ...this.#state, ...change }
    for (const reader of this.#readers) reader.clear()
    for (const view of this.#views) view.redraw(this.#state)
    for (const slider of this.#sliders) slider.show(this.#state)
    this.#writeWords()
    for (const details of this.#root.querySelectorAll<HTMLDetailsElement>('details[data-table][open]'))
      this.#fillTable(details)
  }

  #writeWords(): void {
    for (const list of this.#root.querySelectorAll<HTMLElement>('[data-words]')) {
      const chart = chartOf(this.#section, 'lines', list.dataset['words'] ?? '')
      if (chart !== undefined) list.innerHTML = wordsItems(this.#section, chart, this.#state).text
    }
  }

  #fillTable(details: HTMLDetailsElement): void {
    const place = details.querySelector('.scroll')
    if (!details.open || place === null) return
    place.innerHTML = this.#tablesMarkup(details.dataset['table'])
  }

  #tablesMarkup(id: string | undefined): string {
    const compared = this.#section.compared.find((each) => each.id === id)
    if (compared !== undefined) return tableMarkup(comparedTable(compared), compared.title).text
    const chart = this.#section.charts.find((each) => each.id === id)
    const tables = chart === undefined ? [] : shownTables(this.#section, chart, this.#state)
    return tables.map(({ table, caption }) => tableMarkup(table, caption).text).join('')
  }
}
