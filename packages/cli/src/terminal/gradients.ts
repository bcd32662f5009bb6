/**
 * The gradient of every layer at the first and at the last probed step, and what the depth has cost it in decades. The
 * norms are those of the weights' gradients.
 */
import type { RunRecord } from '@isograd/core'
import { type Look, paint } from '../text/terminal-style.js'
import { type DepthColumn, depthFigure } from './depth-figure.js'
import { formatCount } from '../text/numbers.js'

type Probe = RunRecord['gradientNorms'][number]

/** The probes that are shown: the first and the last, once if they are the same. */
function shownProbes({ gradientNorms }: RunRecord): Probe[] {
  const [first, last] = [gradientNorms[0], gradientNorms.at(-1)]
  return [first, last === first ? undefined : last].filter((probe) => probe !== undefined)
}

function stepTitle({ step }: Probe): string {
  return `step ${formatCount(step + 1)}`
}

function columnOf(probe: Probe, title: string): DepthColumn {
  return { title, values: probe.layers.map(({ weight }) => weight) }
}

/** The layers by which depth is judged: parameters of other kinds, such as a normalisation's, say nothing about it. */
function denseNorms({ layers }: RunRecord, probe: Probe | undefined): number[] {
  const dense = new Set(layers.filter(({ kind }) => kind === 'dense').map(({ name }) => name))
  return (probe?.layers ?? []).filter(({ name }) => dense.has(name)).map(({ weight }) => weight)
}

/** Decades by which the first dense layer's gradient is smaller than the last's; negative when it is larger. */
export function decadesLost(record: RunRecord, probe: Probe | undefined): number {
  const norms = denseNorms(record, probe)
  if (norms.length < 2) return Number.NaN
  return Math.log10(norms.at(-1) ?? Number.NaN) - Math.log10(norms[0] ?? Number.NaN)
}

function describeLoss(decades: number): string {
  if (Number.isNaN(decades)) return 'no number'
  if (decades === Number.POSITIVE_INFINITY) return 'everything lost'
  const size = Math.abs(decades).toFixed(1)
  return `${size} decades ${decades < 0 && size !== '0.0' ? 'gained' : 'lost'}`
}

/** `first/last layer: 7.1 decades lost over 13 layers at step 1`, and a line for the last step. */
function lossLines(look: Look, record: RunRecord, probes: readonly Probe[]): string[] {
  const depth = denseNorms(record, probes[0]).length
  if (depth < 2) return []
  const label = 'first/last layer: '
  return probes.map((probe, i) => {
    const over = i === 0 ? ` over ${depth} layers` : ''
    const text = `${describeLoss(decadesLost(record, probe))}${over} at ${stepTitle(probe)}`
    return `    ${paint(look, 'bold', `${i === 0 ? label : ' '.repeat(label.length)}${text}`)}`
  })
}

/** The figure of one run. */
export function gradientFigure(look: Look, record: RunRecord): string[] {
  const probes = shownProbes(record)
  const layers = probes[0]?.layers.map(({ name }) => name) ?? []
  if (layers.length === 0) return ['    no layer has parameters: there is no gradient']
  const columns = probes.map((probe, i) => columnOf(probe, `${i === 0 ? 'gradient at ' : ''}${stepTitle(probe)}`))
  return [...depthFigure(look, layers, columns), ...lossLines(look, record, probes)]
}

/** The arms side by side on one scale, before the first update, where their layers are the same. */
export function armsFigure(look: Look, records: readonly RunRecord[]): string[] {
  const firstOfArm = records.filter((record, i) => records.findIndex(({ arm }) => arm === record.arm) === i)
  const [first] = firstOfArm
  const layers = first?.gradientNorms[0]?.layers.map(({ name }) => name) ?? []
  const columns = firstOfArm.flatMap((record) => {
    const probe = record.gradientNorms[0]
    const same = probe?.layers.length === layers.length && probe.layers.every(({ name }, i) => name === layers[i])
    return same ? [columnOf(probe, record.arm)] : []
  })
  if (columns.length < 2 || columns.length > 3 || columns.length < firstOfArm.length) return []
  return ['  gradients before the first update, all arms on one scale', '', ...depthFigure(look, layers, columns)]
}
