/** A chart in the page: draws itself as the state of its section says. */
import type { Chart, SectionData } from '../charts/page-data.js'
import type { ViewState } from '../charts/view-state.js'
import { drawChart } from '../drawings/draw-chart.js'
import { type Drawing, viewBox } from '../drawings/drawing.js'

/** One drawing of a chart: the only one, or that of a panel. */
export interface DrawingView {
  readonly svg: SVGSVGElement
  /** The drawing as it is in a state. */
  in(state: ViewState): Drawing
}

/** A chart with its drawings. */
export class ChartView {
  readonly chart: Chart
  readonly element: HTMLElement
  readonly drawings: readonly DrawingView[]
  #shown = ''

  constructor(section: SectionData, chart: Chart, element: HTMLElement) {
    this.chart = chart
    this.element = element
    this.drawings = [...element.querySelectorAll<SVGSVGElement>('.chart svg')].map((svg, panel) => ({
      svg,
      in: (state) => drawChart(section, chart, state, panel),
    }))
  }

  redraw(state: ViewState): void {
    const wanted = this.#choicesIn(state)
    if (wanted === this.#shown) return
    this.#shown = wanted
    for (const drawing of this.drawings) {
      const now = drawing.in(state)
      drawing.svg.setAttribute('viewBox', viewBox(now))
      drawing.svg.innerHTML = now.inside().text
    }
  }

  /** The choices that this chart shows: one that does not change them leaves its drawings as they are. */
  #choicesIn({ arms, backends, seed, frames, panels }: ViewState): string {
    const { chart } = this
    return JSON.stringify([
      arms,
      backends,
      seed,
      frames[chart.kind === 'heat' ? chart.source : chart.id],
      panels[chart.id],
    ])
  }
}
