/**
 * The cells of a heat map: the colour of a number, and the paths that fill a grid. Neighbours of one colour are one
 * rectangle and all of one colour one path, which makes a map a tenth as large as one element a cell.
 */
import type { Reading } from '../documents/readings.js'
import { heatColours } from './colours.js'
import type { Geometry } from './geometry.js'

/** The place of the cells in a drawing. */
export interface HeatBox {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

const WIDTH = 420

/** Height of the part below the cells, for the axis of steps. */
const FOOT = 42

/** The box of a map with so many rows. */
export function heatBox(rows: number): HeatBox {
  const height = Math.round(Math.min(420, Math.max(70, rows * (rows > 24 ? 8 : 17))))
  return { left: 84, top: 8, width: WIDTH - 84 - 14, height }
}

/** The geometry of a map with so many rows. */
export function heatGeometry(rows: number): Geometry {
  const { left, top, width, height } = heatBox(rows)
  return { width: WIDTH, height: top + height + FOOT, left, top, right: WIDTH - left - width, bottom: FOOT }
}

/** The class of a number's colour: `h0` to `h23`, `zero`, `bad` for what is not a finite number, none for nothing. */
export function heatClass(value: Reading | undefined, [low, high]: readonly [number, number]): string | undefined {
  if (value === null || value === undefined) return undefined
  if (value === 0) return 'zero'
  const position = (Math.log10(value) - low) / (high - low || 1)
  if (!Number.isFinite(position)) return 'bad'
  return `h${Math.max(0, Math.min(heatColours.length - 1, Math.floor(position * heatColours.length)))}`
}

interface Stretch {
  readonly name: string
  readonly from: number
  readonly to: number
}

/** Runs of equal colours in a row. */
function stretches(names: readonly (string | undefined)[]): Stretch[] {
  const found: Stretch[] = []
  let from = 0
  for (let i = 1; i <= names.length; i++) {
    const name = names[from]
    if (i < names.length && names[i] === name) continue
    if (name !== undefined) found.push({ name, from, to: i })
    from = i
  }
  return found
}

function short(value: number): string {
  return String(Number(value.toFixed(1)))
}

/** Paths by colour class for a grid of columns of readings, the first of each column on top. */
export function heatPaths(
  columns: readonly (readonly Reading[])[],
  rows: number,
  domain: readonly [number, number],
): Map<string, string> {
  const { left, top, width, height } = heatBox(rows)
  const [w, h] = [width / Math.max(1, columns.length), height / Math.max(1, rows)]
  const paths = new Map<string, string>()
  for (let row = 0; row < rows; row++) {
    const names = columns.map((column) => heatClass(column[row], domain))
    for (const { name, from, to } of stretches(names)) {
      const [x0, x1, y0, y1] = [left + from * w, left + to * w, top + row * h, top + (row + 1) * h].map(short)
      paths.set(name, `${paths.get(name) ?? ''}M${x0},${y0}H${x1}V${y1}H${x0}Z`)
    }
  }
  return paths
}
