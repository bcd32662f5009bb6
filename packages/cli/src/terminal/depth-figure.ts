/**
 * A figure of numbers by depth, first layer to last: in each column a bar on a logarithmic scale for each layer, with
 * the number beside it. All columns share one scale of at least four decades, so that what is alike looks alike.
 */
import { type Format, type Look, paint, printable, symbols } from '../text/terminal-style.js'
import { clip } from '../text/layout.js'
import { formatScientific } from '../text/numbers.js'

/** One column: a positive number for each layer. */
export interface DepthColumn {
  readonly title: string
  readonly values: readonly number[]
}

/** A scale in powers of ten. */
interface Scale {
  readonly low: number
  readonly high: number
}

const INDENT = 4
const NAME_WIDTH = 12
const NUMBER_WIDTH = 9
const WIDEST_BAR = 20
const FEWEST_DECADES = 4

function scaleOf(columns: readonly DepthColumn[]): Scale {
  const logs = columns.flatMap(({ values }) => values.map(Math.log10)).filter(Number.isFinite)
  const high = logs.length === 0 ? 0 : Math.ceil(Math.max(...logs))
  const low = logs.length === 0 ? high : Math.floor(Math.min(...logs))
  return { low: Math.min(low, high - FEWEST_DECADES), high }
}

/** A bar of `width` cells for a fraction of 1; at least a sliver, for what is there at all. */
export function bar(look: Look, fraction: number, width: number): string {
  const { bar: full, slivers } = symbols(look)
  const parts = slivers.length
  const filled = Math.max(1, Math.round(Math.min(1, fraction) * width * parts))
  const rest = filled % parts
  return `${full.repeat(Math.floor(filled / parts))}${rest === 0 ? '' : slivers.charAt(rest)}`.padEnd(width)
}

/** Green within a decade of the last layer, yellow within three, red beyond. */
function formatFor(value: number, last: number): Format {
  const lost = Math.log10(last / value)
  return lost < 1 ? 'green' : lost < 3 ? 'yellow' : 'red'
}

/** Draws cells of one width on one scale. */
class Cells {
  readonly #look: Look
  readonly #scale: Scale
  readonly #barWidth: number

  constructor(look: Look, columns: readonly DepthColumn[]) {
    const share = Math.floor((look.width - INDENT - NAME_WIDTH) / Math.max(1, columns.length))
    this.#look = look
    this.#scale = scaleOf(columns)
    this.#barWidth = Math.max(4, Math.min(WIDEST_BAR, share - NUMBER_WIDTH - 2))
  }

  title({ title }: DepthColumn): string {
    const width = this.#barWidth + 1 + NUMBER_WIDTH
    return clip(this.#look, title, width - 1).padEnd(width)
  }

  axis(): string {
    const [left, right] = [`1e${this.#scale.low}`, `1e${this.#scale.high}`]
    const text = `${left}${right.padStart(this.#barWidth - left.length)}`
    return text.padEnd(this.#barWidth + 1 + NUMBER_WIDTH)
  }

  layer({ values }: DepthColumn, index: number): string {
    const value = values[index] ?? Number.NaN
    const drawn = paint(this.#look, formatFor(value, values.at(-1) ?? Number.NaN), this.#bar(value))
    return `${drawn} ${formatScientific(value).padEnd(NUMBER_WIDTH)}`
  }

  #bar(value: number): string {
    if (!(value > 0)) return ' '.repeat(this.#barWidth)
    const { low, high } = this.#scale
    return bar(this.#look, (Math.log10(value) - low) / (high - low), this.#barWidth)
  }
}

/** The figure; `layers` names its rows. */
export function depthFigure(look: Look, layers: readonly string[], columns: readonly DepthColumn[]): string[] {
  const cells = new Cells(look, columns)
  const row = (name: string, parts: readonly string[]): string =>
    `${' '.repeat(INDENT)}${clip(look, printable(name), NAME_WIDTH - 1).padEnd(NAME_WIDTH)}${parts.join(' ')}`.trimEnd()
  const titles = columns.map((column) => cells.title(column))
  const axes = columns.map(() => cells.axis())
  return [
    paint(look, 'dim', row('layer', titles)),
    paint(look, 'dim', row('', axes)),
    ...layers.map((name, i) =>
      row(
        name,
        columns.map((column) => cells.layer(column, i)),
      ),
    ),
  ]
}
