/**
 * Drawings as SVG. The page is made with the same functions with which it draws itself anew when something is chosen in
 * it; colours and line styles come from its style sheet by class.
 */
import type { Geometry } from '../charts/geometry.js'
import type { SeriesNames } from '../charts/page-data.js'
import { armClass, itemAt } from '../charts/series-names.js'
import { pickEvenly } from '../charts/thin.js'
import { html, type Markup } from '../markup.js'
import { clipName } from './clip-name.js'

/** A value that can be pointed at, in the user units of its drawing. */
export interface Spot {
  readonly x: number
  readonly y: number
  /** The line that it is on: the arrow keys move along it. */
  readonly track: number
  /** Lines of text: `relu on onnx`, `3 dense3`, `0.0321`. */
  readonly lines: readonly string[]
  /** The class of its arm's colour; absent where colour means something else. */
  readonly colour?: string
}

/** One drawing of a chart as its section's state wants it. */
export interface Drawing {
  readonly geometry: Pick<Geometry, 'width' | 'height'>
  /** Everything within the SVG element. */
  inside(): Markup
  /** Every value that is seen. */
  spots(): readonly Spot[]
  /** The run that it shows, where a chart has a drawing for each of a few. */
  readonly caption: string
}

/** The box that an SVG element shows. */
export function viewBox({ geometry: { width, height } }: Pick<Drawing, 'geometry'>): string {
  return `0 0 ${width} ${height}`
}

/** An SVG element that scales with its column; `label` is the id of its title. */
export function svgElement(drawing: Drawing, label: string): Markup {
  return html`<svg
    viewBox="${viewBox(drawing)}"
    role="img"
    aria-labelledby="${label}"
    font-family="system-ui, sans-serif"
    font-size="12"
    fill="currentColor"
    text-anchor="middle"
  >
    ${drawing.inside()}
  </svg>`
}

/** The class names by which the style sheet colours a part of a series. */
export function seriesClass(section: SeriesNames, kind: string, series: number): string {
  const { backend } = itemAt(section.series, series)
  return `${kind} s${series} ${armClass(section, series)} b${Math.min(backend, 3)}`
}

/** A tick of an axis: its place in user units, and its text. */
export interface Tick {
  readonly at: number
  readonly text: string
}

const LONGEST_NAME = 12
const MOST_NAMES = 24

/** Names of layers as ticks at the places of their rows: few enough to be read, and short. */
export function layerTicks(layers: readonly string[], place: (row: number) => number): Tick[] {
  const shown = pickEvenly([...layers.entries()], MOST_NAMES)
  return shown.map(([row, name]) => ({ at: place(row), text: clipName(name, LONGEST_NAME) }))
}

/** Names or numbers beside a drawing, without marks. */
export function leftAxis({ left }: Geometry, ticks: readonly Tick[]): Markup {
  const texts = ticks.map(({ at, text }) => html`<text x="${left - 9}" y="${at.toFixed(1)}" dy="0.3em">${text}</text>`)
  return html`<g class="axis" font-variant="tabular-nums" text-anchor="end">${texts}</g>`
}

/** Marks and their texts below a drawing, and what they are of. */
export function bottomAxis({ width, height, bottom }: Geometry, ticks: readonly Tick[], label: string): Markup {
  const foot = height - bottom
  const marks = ticks.map(({ at }) => `M${at.toFixed(1)},${foot}v4`).join('')
  const texts = ticks.map(({ at, text }) => html`<text x="${at.toFixed(1)}" y="${foot + 9}" dy="0.7em">${text}</text>`)
  return html`<g class="axis" font-variant="tabular-nums"><path d="${marks}" />${texts}</g>
    <text x="${width - 3}" y="${height - 3}" text-anchor="end">${label} →</text>`
}
