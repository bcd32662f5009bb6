/** Histograms by layer: draws those of the step and the runs that are chosen. */
import { armClass, frameText, type RidgeChart, type RidgeLine, seriesName, type Bins } from '../charts/page-data.js'
import {
  binEdges,
  ridgeAxis,
  ridgeBase,
  ridgeGeometry,
  ridgePaths,
  type RidgeTick,
  ridgeTicks,
} from '../charts/ridge-shape.js'
import { toUnits } from '../charts/scale.js'
import { frameOf, type ViewState } from '../charts/view-state.js'
import type { ChartPlace, ChartView, Spot } from './chart-view.js'
import { PanelDrawing, type PanelView } from './panel-drawing.js'
import { shape } from './svg-shapes.js'

function tickText({ x, text }: RidgeTick): SVGTextElement {
  const element = shape('text', { x: x.toFixed(1), y: 0 })
  element.textContent = text
  return element
}

/** Histograms in the page. */
export class RidgeView implements ChartView, PanelView<RidgeLine> {
  readonly chart: RidgeChart
  readonly drawings: readonly PanelDrawing<RidgeLine>[]
  readonly #place: ChartPlace

  constructor(chart: RidgeChart, at: ChartPlace) {
    this.chart = chart
    this.#place = at
    this.drawings = PanelDrawing.all(this, at.element)
  }

  redraw(state: ViewState): void {
    for (const panel of this.drawings) panel.redraw(state)
  }

  line(state: ViewState, panel: number): RidgeLine | undefined {
    return this.chart.lines[(state.panels[this.chart.id] ?? this.chart.panels)[panel] ?? 0]
  }

  nameOf(line: RidgeLine): string {
    return seriesName(this.#place.section, line)
  }

  #frame(line: RidgeLine, state: ViewState): readonly (Bins | null)[] {
    return line.frames[frameOf(this.chart, state)] ?? []
  }

  draw(svg: SVGSVGElement, line: RidgeLine, state: ViewState): void {
    const frame = this.#frame(line, state)
    const group = shape('g', { class: `ridges ${armClass(this.#place.section, line.series)}` })
    for (const d of ridgePaths(frame)) if (d !== undefined) group.append(shape('path', { d }))
    svg.querySelector('.ridges')?.replaceWith(group)
    svg.querySelector('.ticks')?.replaceChildren(...ridgeTicks(frame).map(tickText))
  }

  spotsOf(line: RidgeLine, state: ViewState): Spot[] {
    const frame = this.#frame(line, state)
    const names = this.chart.names[line.x] ?? []
    const step = frameText(this.chart, frameOf(this.chart, state))
    return frame.flatMap((spread, row) => {
      if (spread === null) return []
      const head = [seriesName(this.#place.section, line), `layer ${row + 1}, ${names[row] ?? ''}, ${step}`]
      return this.#binSpots(spread, row, frame, head, armClass(this.#place.section, line.series))
    })
  }

  #binSpots(
    spread: Bins,
    row: number,
    frame: readonly (Bins | null)[],
    head: readonly string[],
    colour: string,
  ): Spot[] {
    const axis = ridgeAxis(frame)
    const edges = binEdges(spread)
    const total = spread.counts.reduce((sum, count) => sum + count, 0)
    return spread.counts.flatMap((count, i) => {
      const [from, to] = [edges[i] ?? Number.NaN, edges[i + 1] ?? Number.NaN]
      const middle = (from + to) / 2
      if (!(middle >= axis.domain[0] && middle <= axis.domain[1])) return []
      const value = `${from.toPrecision(4)} to ${to.toPrecision(4)}: ${count} of ${total}`
      return [
        {
          x: toUnits(axis, middle),
          y: ridgeBase(ridgeGeometry(frame.length), frame.length, row),
          track: row,
          lines: [...head, value],
          colour,
        },
      ]
    })
  }
}
