/**
 * A figure of norms by depth, first layer to last: in each column a bar on a logarithmic scale for each layer, with the
 * number beside it. All columns share one scale, so that equal norms have equal bars.
 */
import type { LayerNorm } from '../documents/run-figures.js'
import { bar } from '../text/bars.js'
import { clip } from '../text/layout.js'
import { formatScientific } from '../text/numbers.js'
import { paint, printable, type TerminalStyle } from '../text/terminal-style.js'
import { type Decades, decadesOf, lossFormat, positionOn } from './gradient-scale.js'

/** One column: the norms of the same layers. */
export interface DepthColumn {
  readonly title: string
  readonly norms: readonly LayerNorm[]
}

const INDENT = 4
const NAME_WIDTH = 12
const NUMBER_WIDTH = 9
const WIDEST_BAR = 20

/** The cells of a column, all of one width: title, ends of the scale, a bar and its number for each layer. */
function columnCells(style: TerminalStyle, { title, norms }: DepthColumn, decades: Decades, width: number): string[] {
  const whole = width + 1 + NUMBER_WIDTH
  const last = norms.at(-1)?.norm ?? 0
  const [left, right] = decades.map((power) => `1e${power}`) as [string, string]
  const cells = norms.map(({ norm }) => {
    const drawn = norm > 0 ? bar(style, positionOn(decades, norm), width) : ' '.repeat(width)
    return `${paint(style, lossFormat(norm, last), drawn)} ${formatScientific(norm).padEnd(NUMBER_WIDTH)}`
  })
  const axis = `${left}${right.padStart(width - left.length)}`.padEnd(whole)
  return [clip(style, title, whole - 1).padEnd(whole), axis, ...cells]
}

/** The figure; the layers of the first column name its rows. @param rowsAre the word for what these are. */
export function depthFigure(style: TerminalStyle, columns: readonly DepthColumn[], rowsAre = 'layer'): string[] {
  const share = Math.floor((style.width - INDENT - NAME_WIDTH) / Math.max(1, columns.length))
  const width = Math.max(4, Math.min(WIDEST_BAR, share - NUMBER_WIDTH - 2))
  const decades = decadesOf(columns.flatMap(({ norms }) => norms.map(({ norm }) => norm)))
  const cells = columns.map((column) => columnCells(style, column, decades, width))
  const names = [rowsAre, '', ...(columns[0]?.norms ?? []).map(({ name }) => printable(name))]
  return names.map((name, i) => {
    const label = clip(style, name, NAME_WIDTH - 1).padEnd(NAME_WIDTH)
    const row = `${' '.repeat(INDENT)}${label}${cells.map((column) => column[i] ?? '').join(' ')}`.trimEnd()
    return i < 2 ? paint(style, 'dim', row) : row
  })
}
