/** Heat maps: draws the cells of the run that is chosen for a panel, and marks the step of the slider. */
import { heatBox, heatPaths } from '../charts/heat-cells.js'
import { frameText, type HeatMap, type Line, type LineChart, seriesName } from '../charts/page-data.js'
import { exactText } from '../charts/readings.js'
import { frameOf, panelLine, type ViewState } from '../charts/view-state.js'
import type { ChartPlace, ChartView, ColourScale, Spot } from './chart-view.js'
import { PanelDrawing, type PanelView } from './panel-drawing.js'
import { shape } from './svg-shapes.js'

/** A heat map in the page. */
export class HeatView implements ChartView, PanelView<Line> {
  readonly chart: HeatMap
  readonly drawings: readonly PanelDrawing<Line>[]
  readonly #source: LineChart
  readonly #place: ChartPlace

  constructor(chart: HeatMap, source: LineChart, at: ChartPlace) {
    this.chart = chart
    this.#source = source
    this.#place = at
    this.drawings = PanelDrawing.all(this, at.element)
  }

  redraw(state: ViewState): void {
    for (const panel of this.drawings) panel.redraw(state)
  }

  line(state: ViewState, panel: number): Line | undefined {
    return panelLine(this.#place.section, this.chart, state, panel)
  }

  nameOf(line: Line): string {
    return seriesName(this.#place.section, line)
  }

  draw(svg: SVGSVGElement, line: Line, state: ViewState): void {
    this.#drawCells(svg, line)
    this.#markStep(svg, line, state)
  }

  scale(): ColourScale {
    const key = this.#place.element.querySelector('.key')
    const ends = [...(key?.querySelectorAll('[data-end]') ?? [])].map((end) => end.textContent)
    return { colours: key?.querySelector('svg') ?? null, ends }
  }

  #rows(line: Line): number {
    return this.#source.names?.[line.x]?.length ?? 0
  }

  #drawCells(svg: SVGSVGElement, line: Line): void {
    const group = shape('g', { class: 'cells', 'shape-rendering': 'crispEdges' })
    for (const [name, d] of heatPaths(line.frames, this.#rows(line), this.chart.domain)) {
      group.append(shape('path', { class: name, d }))
    }
    svg.querySelector('.cells')?.remove()
    svg.prepend(group)
  }

  #markStep(svg: SVGSVGElement, line: Line, state: ViewState): void {
    svg.querySelector('.now')?.remove()
    const { left, top, width, height } = heatBox(this.#rows(line))
    const cell = width / Math.max(1, line.frames.length)
    const x = left + cell * frameOf(this.#source, state)
    svg.append(shape('rect', { class: 'now', x, y: top, width: cell, height }))
  }

  spotsOf(line: Line): Spot[] {
    const { section } = this.#place
    const names = this.#source.names?.[line.x] ?? []
    const { left, top, width, height } = heatBox(names.length)
    const [w, h] = [width / Math.max(1, line.frames.length), height / Math.max(1, names.length)]
    return line.frames.flatMap((frame, column) =>
      names.flatMap((name, row) => {
        const reading = frame[row]
        if (reading === null || reading === undefined) return []
        const step = frameText(this.#source, column)
        const lines = [seriesName(section, line), `layer ${row + 1}, ${name}, ${step}`, exactText(reading)]
        return [{ x: left + (column + 0.5) * w, y: top + (row + 0.5) * h, track: row, lines }]
      }),
    )
  }
}
