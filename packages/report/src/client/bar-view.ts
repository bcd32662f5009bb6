/** Bars: their values to point at. They do not move; those of series that are off are dimmed. */
import { armClass, type BarChart, seriesName } from '../charts/page-data.js'
import { exactText } from '../charts/readings.js'
import { seriesShown, type ViewState } from '../charts/view-state.js'
import { type ChartPlace, type ChartView, type Drawing, findDrawing, type Spot } from './chart-view.js'

/** A chart of bars in the page. */
export class BarView implements ChartView, Drawing {
  readonly chart: BarChart
  readonly svg: SVGSVGElement
  readonly drawings: readonly Drawing[] = [this]
  readonly #place: ChartPlace

  constructor(chart: BarChart, at: ChartPlace) {
    this.chart = chart
    this.#place = at
    this.svg = findDrawing(at.element)
  }

  redraw(state: ViewState): void {
    const { section } = this.#place
    section.series.forEach((_, series) => {
      const shown = seriesShown(section, state, series)
      for (const part of this.svg.querySelectorAll(`.s${series}`)) part.classList.toggle('dim', !shown)
    })
  }

  spots(state: ViewState): Spot[] {
    const { section } = this.#place
    return this.chart.bars.flatMap(({ series, value, at: [x, y] }) => {
      if (!seriesShown(section, state, series)) return []
      const lines = [seriesName(section, { series }), `${exactText(value)} ${this.chart.label}`]
      return [{ x, y, track: 0, lines, colour: armClass(section, series) }]
    })
  }
}
