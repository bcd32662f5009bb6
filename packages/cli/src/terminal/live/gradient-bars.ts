/**
 * The gradient of every layer as a bar on a logarithmic scale, first layer on the left: the shape says at a glance
 * whether it vanishes. Bars are coloured by how much is lost against the last layer.
 */
import type { GradientsEvent } from '@isograd/core'
import { type Format, type Look, paint } from '../../text/terminal-style.js'
import { formatCount } from '../../text/numbers.js'
import { columnRows } from './columns.js'

const HEIGHT = 4
const AXIS = 8
const FEWEST_DECADES = 4
const WIDEST_BAR = 3

/** Green within a decade of the last layer, yellow within three, red beyond. */
function formatOf(norm: number, last: number): Format {
  const lost = Math.log10(last / norm)
  return lost < 1 ? 'green' : lost < 3 ? 'yellow' : 'red'
}

/** Whole powers of ten around norms: a scale. */
export function decadesOf(norms: readonly number[]): [number, number] {
  const powers = norms.map(Math.log10).filter(Number.isFinite)
  const high = powers.length === 0 ? 0 : Math.ceil(Math.max(...powers))
  const low = powers.length === 0 ? high : Math.floor(Math.min(...powers))
  return [Math.min(low, high - FEWEST_DECADES), high]
}

function fractionOf(norm: number, [low, high]: readonly [number, number]): number | undefined {
  if (norm === 0) return undefined
  return Number.isFinite(norm) ? (Math.log10(norm) - low) / (high - low) : Number.NaN
}

/** The layers that fit: evenly picked, first and last among them. */
function fitting(norms: readonly number[], width: number): number[] {
  if (norms.length <= width) return [...norms]
  return Array.from(
    { length: width },
    (_, i) => norms[Math.round((i * (norms.length - 1)) / (width - 1))] ?? Number.NaN,
  )
}

function foot(look: Look, layers: number, cells: number): string {
  const right = String(layers)
  const text = cells < 2 + right.length ? '' : `1${right.padStart(cells - 1)}`
  return paint(look, 'dim', `${' '.repeat(AXIS)}${text}`)
}

/** What a chart beside others has: the name of its run, and the scale of them all. */
export interface SharedChart {
  readonly run: string
  readonly decades: readonly [low: number, high: number]
}

/** The lines of the chart, none wider than `width`; none at all where not even two bars fit. */
export function gradientBars(
  look: Look,
  { step, layers }: GradientsEvent,
  width: number,
  shared?: SharedChart,
): string[] {
  const room = width - AXIS
  if (room < 2) return []
  const norms = fitting(
    layers.map(({ weight }) => weight),
    room,
  )
  const barWidth = Math.max(1, Math.min(WIDEST_BAR, Math.floor(room / Math.max(1, norms.length)) - 1))
  const gap = (barWidth + 1) * norms.length <= room ? 1 : 0
  const decades = shared?.decades ?? decadesOf(norms)
  const last = norms.at(-1) ?? Number.NaN
  const rows = columnRows(
    look,
    norms.map((norm) => fractionOf(norm, decades)),
    HEIGHT,
  )
  const labels = rows.map((_, i) => (i === 0 ? `1e${decades[1]}` : i === HEIGHT - 1 ? `1e${decades[0]}` : ''))
  const drawn = rows.map((row, i) => {
    const bars = row.map((character, at) =>
      paint(look, formatOf(norms[at] ?? Number.NaN, last), character.repeat(barWidth)),
    )
    return `${paint(look, 'dim', (labels[i] ?? '').padStart(AXIS - 1).padEnd(AXIS))}${bars.join(' '.repeat(gap))}`
  })
  const what = `gradient by layer at step ${formatCount(step + 1)}`
  const title = shared === undefined ? `${what}, first to last` : `${shared.run}, step ${formatCount(step + 1)}`
  return [
    paint(look, 'dim', title.slice(0, width)),
    ...drawn,
    foot(look, layers.length, (barWidth + gap) * norms.length - gap),
  ]
}
