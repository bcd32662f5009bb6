/** The gradient norms of every layer at the first and at the last probed step, and the decades that depth has cost. */
import type { RunRecord } from '@isograd/core'
import { depthLoss } from '@isograd/core/compare'
import { type GradientProbe, gradientsAt } from '../documents/run-figures.js'
import { formatCount } from '../text/numbers.js'
import { paint, printable, type TerminalStyle } from '../text/terminal-style.js'
import { depthFigure } from './depth-figure.js'

/** The probes that are shown: the first and the last, once if they are the same. */
function shownProbes(record: RunRecord): GradientProbe[] {
  const [first, last] = [gradientsAt(record, 0), gradientsAt(record, -1)]
  if (first === undefined || last === undefined) return []
  return first.step === last.step ? [first] : [first, last]
}

function stepTitle({ steps }: RunRecord, { step }: GradientProbe): string {
  return steps === 0 ? 'the start' : `step ${formatCount(step + 1)}`
}

/** The decades lost at the first probe, as text for a table. */
export function decadesText(record: RunRecord): string {
  const { decades = Number.NaN } = depthLoss(record, 0) ?? {}
  return Number.isFinite(decades) ? decades.toFixed(1) : '-'
}

function describeLoss(decades: number): string {
  if (Number.isNaN(decades)) return 'no number'
  if (decades === Number.POSITIVE_INFINITY) return 'everything lost'
  const size = Math.abs(decades).toFixed(1)
  return `${size} decades ${decades < 0 && size !== '0.0' ? 'gained' : 'lost'}`
}

/** `from dense13 down to dense1: 7.1 decades lost at step 1, 0.59 a layer`, and a line for the last step. */
function lossLines(style: TerminalStyle, record: RunRecord, probes: readonly GradientProbe[]): string[] {
  return probes.flatMap((probe, i) => {
    const loss = depthLoss(record, i === 0 ? 0 : -1)
    if (loss === undefined) return []
    const label = printable(`from ${loss.last} down to ${loss.first}: `)
    const rate = Number.isFinite(loss.perLayer) ? `, ${Math.abs(loss.perLayer).toFixed(2)} a layer` : ''
    const text = `${describeLoss(loss.decades)} at ${stepTitle(record, probe)}${rate}`
    return [`    ${paint(style, 'bold', `${i === 0 ? label : ' '.repeat(label.length)}${text}`)}`]
  })
}

/** The figure of one run. */
export function gradientFigure(style: TerminalStyle, record: RunRecord): string[] {
  const probes = shownProbes(record)
  const columns = probes.map((probe, i) => {
    const title = `${i === 0 ? 'gradient at ' : ''}${stepTitle(record, probe)}`
    return { title, norms: probe.norms }
  })
  if (columns.length === 0) return ['    no layer has parameters: there is no gradient']
  return [...depthFigure(style, columns), ...lossLines(style, record, probes)]
}

/** The arms side by side on one scale, before the first update, where their layers are the same. */
export function armsFigure(style: TerminalStyle, records: readonly RunRecord[]): string[] {
  const firstOfArm = records.filter((record, i) => records.findIndex(({ arm }) => arm === record.arm) === i)
  const columns = firstOfArm.flatMap((record) => {
    const probe = gradientsAt(record, 0)
    return probe === undefined ? [] : [{ title: record.arm, norms: probe.norms }]
  })
  const layouts = new Set(columns.map(({ norms }) => JSON.stringify(norms.map(({ name }) => name))))
  const comparable = layouts.size === 1 && columns.length === firstOfArm.length
  if (!comparable || columns.length < 2 || columns.length > 3) return []
  return ['  gradients before the first update, all arms on one scale', '', ...depthFigure(style, columns)]
}
