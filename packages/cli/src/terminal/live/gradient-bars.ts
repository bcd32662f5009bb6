/**
 * The gradient of every layer as a bar on a logarithmic scale, first layer on the left: the shape shows at a glance
 * that it vanishes. Bars are coloured by the loss against the last layer.
 */
import type { GradientProbe } from '../../documents/run-figures.js'
import { columnRows } from '../../text/bars.js'
import { formatCount } from '../../text/numbers.js'
import { paint, type TerminalStyle } from '../../text/terminal-style.js'
import { type Decades, decadesOf, lossFormat, positionOn } from '../gradient-scale.js'

const HEIGHT = 4
const AXIS = 8
const WIDEST_BAR = 3

function fractionOf(norm: number, decades: Decades): number | undefined {
  if (norm === 0) return undefined
  return Number.isFinite(norm) ? positionOn(decades, norm) : Number.NaN
}

/** The layers that fit: evenly picked, first and last among them. */
function fitting(norms: readonly number[], width: number): number[] {
  if (norms.length <= width) return [...norms]
  const picked = new Set(Array.from({ length: width }, (_, i) => Math.round((i * (norms.length - 1)) / (width - 1))))
  return norms.filter((_, i) => picked.has(i))
}

function foot(style: TerminalStyle, layers: number, cells: number): string {
  const right = String(layers)
  const text = cells < 2 + right.length ? '' : `1${right.padStart(cells - 1)}`
  return paint(style, 'dim', `${' '.repeat(AXIS)}${text}`)
}

/** The name of the run of a chart beside others, and the scale of them all. */
export interface SharedChart {
  readonly run: string
  readonly decades: Decades
}

/** The lines of the chart, none wider than `width`; none at all where not even two bars fit. */
export function gradientBars(
  style: TerminalStyle,
  { step, norms: layers }: GradientProbe,
  width: number,
  shared?: SharedChart,
): string[] {
  const room = width - AXIS
  if (room < 2) return []
  const norms = fitting(
    layers.map(({ norm }) => norm),
    room,
  )
  const barWidth = Math.max(1, Math.min(WIDEST_BAR, Math.floor(room / Math.max(1, norms.length)) - 1))
  const gap = (barWidth + 1) * norms.length <= room ? 1 : 0
  const decades = shared?.decades ?? decadesOf(norms)
  const formats = norms.map((norm) => lossFormat(norm, norms.at(-1) ?? norm))
  const rows = columnRows(
    style,
    norms.map((norm) => fractionOf(norm, decades)),
    HEIGHT,
  )
  const labels = rows.map((_, i) => (i === 0 ? `1e${decades[1]}` : i === HEIGHT - 1 ? `1e${decades[0]}` : ''))
  const drawn = rows.map((row, i) => {
    const bars = row.map((character, at) => paint(style, formats[at] ?? 'red', character.repeat(barWidth)))
    return `${paint(style, 'dim', (labels[i] ?? '').padStart(AXIS - 1).padEnd(AXIS))}${bars.join(' '.repeat(gap))}`
  })
  const at = `step ${formatCount(step + 1)}`
  const title = shared === undefined ? `gradient by layer at ${at}, first to last` : `${shared.run}, ${at}`
  return [
    paint(style, 'dim', title.slice(0, width)),
    ...drawn,
    foot(style, layers.length, (barWidth + gap) * norms.length - gap),
  ]
}
