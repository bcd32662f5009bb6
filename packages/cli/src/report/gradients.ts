/**
 * Gradients layer by layer, first to last, so that their vanishing is seen: a bar on a logarithmic scale for each layer
 * at the first and at the last probed step. Both share one scale of at least four decades, so that gradients that are
 * alike look alike.
 */
import type { RunRecord } from '@isograd/core'
import { type Format, type Look, paint, printable, symbols } from '../look.js'
import { clip } from './layout.js'
import { formatCount, formatScientific } from './numbers.js'

type Probe = RunRecord['gradientNorms'][number]

const NAME_WIDTH = 12
const BAR_WIDTH = 20
const FEWEST_DECADES = 4

/** A scale in powers of ten. */
interface Scale {
  readonly low: number
  readonly high: number
}

/** The probes that are shown: the first and the last, once if they are the same. */
export function shownProbes({ gradientNorms }: RunRecord): Probe[] {
  const [first, last] = [gradientNorms[0], gradientNorms.at(-1)]
  return [first, last === first ? undefined : last].filter((probe) => probe !== undefined)
}

function scaleOf(probes: readonly Probe[]): Scale {
  const logs = probes.flatMap(({ layers }) => layers.map(({ weight }) => Math.log10(weight))).filter(Number.isFinite)
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

function barOf(look: Look, value: number, { low, high }: Scale): string {
  if (!(value > 0)) return ' '.repeat(BAR_WIDTH)
  return bar(look, (Math.log10(value) - low) / (high - low), BAR_WIDTH)
}

/** Green within a decade of the last layer, yellow within three, red beyond. */
function formatFor(value: number, last: number): Format {
  const lost = Math.log10(last / value)
  return lost < 1 ? 'green' : lost < 3 ? 'yellow' : 'red'
}

function axis(look: Look, { low, high }: Scale): string {
  const [left, right] = [`1e${low}`, `1e${high}`]
  const text = `${left}${right.padStart(BAR_WIDTH - left.length)}`
  return paint(look, 'dim', text.padEnd(BAR_WIDTH + 10))
}

function stepTitle(probe: Probe): string {
  return `step ${formatCount(probe.step + 1)}`.padEnd(BAR_WIDTH + 10)
}

function layerCell(look: Look, probe: Probe, index: number, scale: Scale): string {
  const value = probe.layers[index]?.weight ?? Number.NaN
  const last = probe.layers.at(-1)?.weight ?? Number.NaN
  return `${paint(look, formatFor(value, last), barOf(look, value, scale))} ${formatScientific(value).padEnd(9)}`
}

/** Decades by which the first layer's gradient is smaller than the last's; negative when it is larger. */
export function decadesLost(probe: Probe | undefined): number {
  const [first, last] = [probe?.layers[0]?.weight, probe?.layers.at(-1)?.weight]
  if (first === undefined || last === undefined) return Number.NaN
  return Math.log10(last) - Math.log10(first)
}

function describeLoss(decades: number): string {
  if (Number.isNaN(decades)) return 'undefined'
  if (decades === Number.POSITIVE_INFINITY) return 'nothing arrives'
  const size = Math.abs(decades).toFixed(1)
  return `${size} decades ${decades < 0 && size !== '0.0' ? 'gained' : 'lost'}`
}

function closingLine(look: Look, probes: readonly Probe[]): string[] {
  const layers = probes[0]?.layers.length ?? 0
  const parts = probes.map((probe) => `${describeLoss(decadesLost(probe))} at step ${formatCount(probe.step + 1)}`)
  const text = `first/last layer: ${parts[0] ?? ''} over ${layers} layers${parts[1] === undefined ? '' : `, ${parts[1]}`}`
  return [`    ${paint(look, 'bold', text)}`]
}

/** The figure of one run. */
export function gradientFigure(look: Look, record: RunRecord): string[] {
  const probes = shownProbes(record)
  const [first] = probes
  if (first === undefined || first.layers.length === 0) return ['    no layer has parameters: there is no gradient']
  const scale = scaleOf(probes)
  const row = (name: string, cells: readonly string[]): string =>
    `    ${clip(look, name, NAME_WIDTH).padEnd(NAME_WIDTH)} ${cells.join(' ')}`.trimEnd()
  return [
    paint(look, 'dim', row('gradient', probes.map(stepTitle))),
    row(
      '',
      probes.map(() => axis(look, scale)),
    ),
    ...first.layers.map(({ name }, i) =>
      row(
        printable(name),
        probes.map((probe) => layerCell(look, probe, i, scale)),
      ),
    ),
    ...closingLine(look, probes),
  ]
}
