/**
 * The figures of runs as they are shown: what the record or the start of a run says of its metrics, gradient norms by
 * layer, shares of units, local derivatives. Reports, live views and event files take them from here, so that the form of
 * records and events is known in one place.
 */
import type { ArmSpec, RunRecord } from '@isograd/core'
import {
  type Evaluation,
  type FinalsComparison,
  judgedFacts,
  judgedValueOf,
  type Measured,
  type MetricFacts,
  type ProbedNumber,
  probedNumbers,
  type ProbesEvent,
  type RecordMeasure,
  type Reproduction,
} from '@isograd/core/compare'
import { formatLoss, formatPercent } from '../text/numbers.js'

export { localDerivatives } from '@isograd/report'

/** The part of a record, or of the start of a run, that tells what its evaluations are. */
export type Judged = Pick<RunRecord, 'judgedBy' | 'judgedOn' | 'metrics'>

/** A value of a metric as text. */
export function formatMetric({ format }: Pick<MetricFacts, 'format'>, value: number): string {
  return format === 'percent' ? formatPercent(value) : formatLoss(value)
}

/** A figure with the table that it is taken on: `test loss`. */
export function onTable(table: string, label: string): string {
  return table === 'train' ? `${label} on train` : `${table} ${label}`
}

/** A figure in words. */
export interface ShownFigure {
  readonly label: string
  readonly text: string
}

/** `test loss 0.2345`, `test loss 0.2345, test R2 0.9512` */
export function figuresText(figures: readonly ShownFigure[]): string {
  return figures.map(({ label, text }) => `${label} ${text}`).join(', ')
}

/** The loss on a table, and last the figure that judges where that is another. */
export function judgedFigures(judged: Judged, table: string, evaluation: Evaluation): readonly ShownFigure[] {
  const loss = { label: onTable(table, 'loss'), text: formatLoss(evaluation.loss) }
  if (judged.judgedBy === undefined) return [loss]
  const facts = judgedFacts(judged)
  const text = formatMetric(facts, judgedValueOf(judged, evaluation))
  return [loss, { label: onTable(table, facts.label), text }]
}

/** The judging figures after an epoch on the table that judges. */
export function ownFigures(
  judged: Judged,
  { evaluations }: { readonly evaluations: Readonly<Record<string, Evaluation>> },
): readonly ShownFigure[] {
  const own = evaluations[judged.judgedOn]
  return own === undefined ? [] : judgedFigures(judged, judged.judgedOn, own)
}

/** The figure that decides which epoch counts, where samples are held back. */
export function validationFigures(
  judged: Judged,
  { evaluations: { validation } }: { readonly evaluations: Readonly<Record<string, Evaluation>> },
): readonly ShownFigure[] {
  return validation === undefined ? [] : judgedFigures(judged, 'validation', validation).slice(-1)
}

function metricText(facts: MetricFacts, { value, error }: Measured, plusMinus: string): string {
  const text = `${facts.label} ${formatMetric(facts, value)}`
  return Number.isFinite(error) && Number.isFinite(value) ? `${text} ${plusMinus} ${formatMetric(facts, error)}` : text
}

/** Loss and every metric at the end with its standard error, a line for each table. */
export function finalLines({ finals, metrics }: RunRecord, plusMinus: string): string[] {
  return Object.entries(finals).map(([table, { loss, metrics: values }]) => {
    const texts = Object.entries(metrics).flatMap(([key, facts]) => {
      const measured = values[key]
      return measured === undefined ? [] : [metricText(facts, measured, plusMinus)]
    })
    return `${table}: ${[`loss ${formatLoss(loss)}`, ...texts].join(', ')}`
  })
}

type Goal = NonNullable<ArmSpec['goal']>

/** `at least 90.00 %`, `at most 0.0500` */
export function goalText(facts: MetricFacts, { atLeast, atMost }: Goal): string {
  const least = atLeast === undefined ? [] : [`at least ${formatMetric(facts, atLeast)}`]
  const most = atMost === undefined ? [] : [`at most ${formatMetric(facts, atMost)}`]
  return [...least, ...most].join(' and ')
}

/** True when a final reaches a goal; NaN reaches none. */
export function isReached(
  { atLeast = Number.NEGATIVE_INFINITY, atMost = Number.POSITIVE_INFINITY }: Goal,
  final: number,
) {
  return final >= atLeast && final <= atMost
}

/** The published final of an arm, or the band that is accepted of it; `goal` where nothing is published. */
export function publishedText(
  { published, metric }: Pick<Reproduction, 'published' | 'metric'>,
  goal: Goal | undefined,
): string {
  if (published?.final !== undefined) return formatMetric(metric, published.final)
  const { atLeast, atMost } = published?.accept ?? goal ?? {}
  const least = atLeast === undefined ? [] : [`>= ${formatMetric(metric, atLeast)}`]
  const most = atMost === undefined ? [] : [`<= ${formatMetric(metric, atMost)}`]
  return [...least, ...most].join(', ') || '-'
}

/** `final R2: 0.9512 and 0.9498` */
export function finalsTitle({ metric, a, b }: FinalsComparison): string {
  return `final ${metric.label}: ${formatMetric(metric, a)} and ${formatMetric(metric, b)}`
}

const measureTitles: Readonly<Record<RecordMeasure['name'], string>> = {
  firstLoss: 'first loss',
  firstGradient: 'first gradient',
  earlyLoss: 'early losses',
  losses: 'losses',
  weights: 'final weights',
  final: 'final',
}

/** The title of a measure of `isograd compare`. */
export function measureTitle({ name, what }: RecordMeasure): string {
  const title = measureTitles[name]
  return what === '' ? title : name === 'final' ? `${title} ${what}` : `${title}: ${what}`
}

/** The norm of the gradient of a layer's weights, or of its first parameter where it has none of that name. */
export interface LayerNorm {
  readonly name: string
  readonly norm: number
}

/** The norms of all layers at a step, first layer first. */
export interface GradientProbe {
  readonly step: number
  readonly norms: readonly LayerNorm[]
}

function layerNorms(numbers: readonly Pick<ProbedNumber, 'layer' | 'parameter' | 'value'>[]): LayerNorm[] {
  const first = numbers.filter(({ layer }, i) => numbers.findIndex((other) => other.layer === layer) === i)
  return first.map(({ layer, parameter, value }) => ({
    name: parameter === 'weight' ? layer : `${layer}.${parameter}`,
    norm: value,
  }))
}

/** The gradients that an event tells; undefined where it is about something else. */
export function gradientProbe({ step, probes }: ProbesEvent): GradientProbe | undefined {
  const numbers = probes.flatMap(({ quantity, layer, parameter = '', values: [value] }) =>
    quantity === 'gradientNorm' && value !== undefined ? [{ layer, parameter, value }] : [],
  )
  return numbers.length === 0 ? undefined : { step, norms: layerNorms(numbers) }
}

/** The gradients at a probe; negative counts from the last. Undefined where there is none. */
export function gradientsAt(record: RunRecord, probe: number): GradientProbe | undefined {
  const numbers = probedNumbers(record, 'gradientNorm', probe)
  const [first] = numbers
  if (first === undefined) return undefined
  return { step: first.step, norms: layerNorms(numbers) }
}

/** Steps that a run was trained for; fewer than it was to be where it ended before. */
export function trainedSteps({ steps, end, losses }: RunRecord): number {
  return end.reason === 'finished' ? steps : losses.length
}

/**
 * The largest share of dead, or of saturated, units of any layer after training, in a line; none of a run that diverged, whose
 * units were looked at before training alone.
 */
export function unitLines(record: RunRecord, kind: 'dead' | 'saturated'): string[] {
  if (record.end.nonFinite !== undefined) return []
  const [worst] = probedNumbers(record, kind, -1).toSorted((a, b) => b.value - a.value)
  return worst === undefined
    ? []
    : [`${kind} units after training: at most ${formatPercent(worst.value)} (${worst.layer})`]
}
