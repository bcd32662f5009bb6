/** Lines: moves them to the frame and seed that are chosen, and hides those that are switched off. */
import { armClass, frameText, type Line, type LineChart, seriesName, spreadNames } from '../charts/page-data.js'
import { exactText } from '../charts/readings.js'
import { dotsPath, linePath, place, toUnits } from '../charts/scale.js'
import { MOST_DOTS, seriesClasses } from '../drawings/series-classes.js'
import { frameOf, lineOfSeries, seriesShown, shownLines, type ViewState } from '../charts/view-state.js'
import { type ChartPlace, type ChartView, type Drawing, findDrawing, type Spot } from './chart-view.js'
import { shape } from './svg-shapes.js'

interface PlacedReading {
  readonly x: number
  readonly y: number
  readonly edge: boolean
  readonly index: number
}

/** A chart of lines in the page. */
export class LineView implements ChartView, Drawing {
  readonly chart: LineChart
  readonly svg: SVGSVGElement
  readonly drawings: readonly Drawing[] = [this]
  readonly #place: ChartPlace

  constructor(chart: LineChart, at: ChartPlace) {
    this.chart = chart
    this.#place = at
    this.svg = findDrawing(at.element)
  }

  redraw(state: ViewState): void {
    const { section } = this.#place
    section.series.forEach((_, series) => {
      const shown = seriesShown(section, state, series)
      for (const part of this.svg.querySelectorAll(`.s${series}`)) part.classList.toggle('off', !shown)
      if (shown && this.#moves())
        this.#move(series, lineOfSeries(this.chart, state, series), frameOf(this.chart, state))
    })
  }

  /** Only frames and seeds move lines; others stay as they were drawn when the page was made. */
  #moves(): boolean {
    return this.chart.steps.length > 1 || this.chart.lines.some(({ seed }) => seed !== undefined)
  }

  #placed(line: Line, frame: number): (PlacedReading | undefined)[] {
    const { x, y, xs } = this.chart
    return (line.frames[frame] ?? []).map((reading, index) => {
      const at = place(y, reading)
      return at && { x: toUnits(x, xs[line.x]?.[index] ?? Number.NaN), y: at.at, edge: at.edge, index }
    })
  }

  #move(series: number, line: Line | undefined, frame: number): void {
    const readings = line === undefined ? [] : this.#placed(line, frame)
    const points = readings.filter((reading) => reading !== undefined)
    const path = linePath(
      readings.map((reading) =>
        reading === undefined || reading.edge ? undefined : ([reading.x, reading.y] as const),
      ),
    )
    this.#fill('line', series, path === '' ? [] : [shape('path', { d: path })])
    const dots = readings.length > MOST_DOTS ? [] : points.filter(({ edge }) => !edge)
    const joined = dotsPath(dots.map(({ x, y }) => [x, y]))
    this.#fill('dots', series, joined === '' ? [] : [shape('path', { d: joined })])
    const edges = readings.length > MOST_DOTS ? [] : points.filter(({ edge }) => edge)
    this.#fill(
      'edges',
      series,
      edges.map(({ x, y }) => shape('path', { d: `M${x},${y - 5}l4.3,7.5h-8.6z` })),
    )
  }

  /** The group of a series; one that had nothing to show when the page was made comes about here. */
  #group(kind: 'line' | 'dots' | 'edges', series: number): Element {
    const known = this.svg.querySelector(`.${kind}.s${series}`)
    if (known !== null) return known
    const group = shape('g', { class: seriesClasses(this.#place.section, kind, series) })
    this.svg.append(group)
    return group
  }

  #fill(kind: 'line' | 'dots' | 'edges', series: number, shapes: readonly SVGElement[]): void {
    this.#group(kind, series).replaceChildren(...shapes)
  }

  spots(state: ViewState): Spot[] {
    const { section } = this.#place
    const frame = frameOf(this.chart, state)
    return shownLines(section, this.chart, state).flatMap((line) =>
      this.#placed(line, frame).flatMap((reading) => (reading === undefined ? [] : [this.#spot(line, frame, reading)])),
    )
  }

  #spot(line: Line, frame: number, { x, y, index }: PlacedReading): Spot {
    const { chart } = this
    const { section } = this.#place
    const position = chart.xs[line.x]?.[index] ?? 0
    const name = chart.names?.[line.x]?.[index]
    const at = name === undefined ? `${chart.x.label} ${position}` : `layer ${position}, ${name}`
    const step = chart.steps.length > 0 ? [frameText(chart, frame)] : []
    return {
      x,
      y,
      track: line.series,
      colour: armClass(section, line.series),
      lines: [seriesName(section, line), [at, ...step].join(', '), this.#value(line, frame, index)],
    }
  }

  #value(line: Line, frame: number, index: number): string {
    const value = exactText(line.frames[frame]?.[index] ?? null)
    if (line.spread === undefined) return value
    const names = spreadNames(this.chart)
    const ends = (['low', 'high'] as const).flatMap((end) => {
      const bound = line.spread?.[end]
      return bound === undefined ? [] : [`${names[end]} ${exactText(bound[index] ?? null)}`]
    })
    return `${value} (${ends.join(', ')})`
  }
}
