/**
 * The loss and the metrics of records as the page shows them: over time, and at the end by table. Which metrics there are,
 * and their words, stand in the records alone.
 */
import {
  type Evaluation,
  judgedFacts,
  type Measured,
  type MetricFacts,
  type RunRecord,
  type Spread,
  spreadOf,
} from '@isograd/core/compare'
import type { NumberStyle } from '../readings.js'
import { idPart, unique } from '../fields.js'

function ownOf<T>(items: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(items, key) ? items[key] : undefined
}

/** The loss or a metric. */
export interface Measure {
  /** Key of the metric in records; absent: the loss. */
  readonly metric?: string
  readonly label: string
  readonly style: NumberStyle
  readonly better: MetricFacts['better']
}

/** The loss. */
export const lossMeasure: Measure = { label: 'loss', style: 'decimal', better: 'smaller' }

/** The style of a metric's values. */
export function styleOf({ format }: MetricFacts): NumberStyle {
  return format === 'percent' ? 'percent' : 'decimal'
}

function metricsOf(entries: Iterable<readonly [key: string, MetricFacts]>): Measure[] {
  return [...new Map(entries)].map(([metric, facts]) => {
    const { label, better } = facts
    return { metric, label, better, style: styleOf(facts) }
  })
}

/** The metrics by which records are judged, each once; none where the loss judges. */
export function judgingMetrics(records: readonly RunRecord[]): Measure[] {
  const judged = records.filter(({ judgedBy }) => judgedBy !== undefined)
  return metricsOf(judged.map((record) => [String(record.judgedBy), judgedFacts(record)]))
}

/** The measure with the table that it is taken on: `test loss`. */
export function onTable(table: string, label: string): string {
  return table === 'train' ? `${label} on the training samples` : `${table} ${label}`
}

/** The figure that a run is judged by, with its table. */
export function judgedName(record: RunRecord): string {
  return onTable(record.judgedOn, judgedFacts(record).label)
}

/** True of runs that were judged on what they were trained on. */
export function isNothingHeldOut({ judgedOn }: RunRecord): boolean {
  return judgedOn === 'train'
}

/** The value of a measure in an evaluation, with its standard error. */
function valueIn(evaluation: Evaluation | undefined, { metric }: Measure): Measured | undefined {
  if (evaluation === undefined) return undefined
  return metric === undefined ? { value: evaluation.loss, error: Number.NaN } : ownOf(evaluation.metrics, metric)
}

/** A quantity over time; steps and epochs count from 1. */
export interface CurveQuantity extends Measure {
  readonly key: string
  readonly title: string
  readonly over: 'step' | 'epoch'
  /** One number for every step, in order; absent where numbers stand at positions of their own. */
  readonly everyStep?: (record: RunRecord) => readonly number[]
  readonly points?: (record: RunRecord) => readonly (readonly [position: number, value: number])[]
}

function titled(text: string, over: CurveQuantity['over']): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)} by ${over}`
}

/** Evaluations of a table with the step or the epoch that each is behind. */
type Evaluated = (record: RunRecord, table: string) => (readonly [position: number, Evaluation | undefined])[]

const afterEpochs: Evaluated = ({ epochs }, table) =>
  epochs.map(({ evaluations }, i) => [i + 1, ownOf(evaluations, table)])

const withinEpochs: Evaluated = ({ evaluations = [], judgedOn }, table) =>
  judgedOn === table ? evaluations.map(({ step, evaluation }) => [step, evaluation]) : []

function tableCurve(measure: Measure, table: string, over: CurveQuantity['over']): CurveQuantity {
  const evaluated = over === 'epoch' ? afterEpochs : withinEpochs
  const points = (record: RunRecord) =>
    evaluated(record, table).flatMap(([position, evaluation]) => {
      const found = valueIn(evaluation, measure)
      return found === undefined ? [] : [[position, found.value] as const]
    })
  const key = idPart(`${table}-${measure.metric ?? 'loss'}${over === 'epoch' ? '' : '-within'}`)
  return { ...measure, key, title: titled(onTable(table, measure.label), over), over, points }
}

/** Curves of a measure on all tables that were evaluated while training, those that judge first. */
function tableCurves(records: readonly RunRecord[], measure: Measure): CurveQuantity[] {
  const judging = unique(records.map(({ judgedOn }) => judgedOn))
  const all = unique([...judging, ...records.flatMap(({ epochs }) => Object.keys(epochs[0]?.evaluations ?? {}))])
  return [
    ...all.map((table) => tableCurve(measure, table, 'epoch')),
    ...judging.map((table) => tableCurve(measure, table, 'step')),
  ]
}

/** The loss of every step, of its batch before the update. */
export function stepLosses({ losses }: RunRecord): readonly number[] {
  return losses
}

function epochLosses({ epochs }: RunRecord): [epoch: number, loss: number][] {
  return epochs.map(({ trainLoss }, i) => [i + 1, trainLoss])
}

/** The penalty on regularized parameters, which is no part of the loss. */
const penaltyCurve: CurveQuantity = {
  ...lossMeasure,
  label: 'penalty',
  key: 'penalty',
  title: 'Penalty by step',
  over: 'step',
  everyStep: ({ penalties = [] }) => penalties,
}

/** Loss, by step first: that is where a run shows what it does. */
export function lossCurves(records: readonly RunRecord[]): CurveQuantity[] {
  return [
    { ...lossMeasure, key: 'loss', title: 'Training loss by step', over: 'step', everyStep: stepLosses },
    ...tableCurves(records, lossMeasure),
    ...(records.some(({ penalties }) => penalties !== undefined) ? [penaltyCurve] : []),
    { ...lossMeasure, key: 'epoch-loss', title: 'Training loss by epoch', over: 'epoch', points: epochLosses },
  ]
}

/** A metric that judges, by table first: that is what is published. */
export function metricCurves(records: readonly RunRecord[], measure: Measure): CurveQuantity[] {
  const { metric = '', label } = measure
  const everyStep = ({ judgedBy, stepMetric = [] }: RunRecord) => (judgedBy === metric ? stepMetric : [])
  const batch = { key: `batch-${idPart(metric)}`, title: titled(`batch ${label}`, 'step'), over: 'step' } as const
  return [...tableCurves(records, measure), { ...measure, ...batch, everyStep }]
}

/** A measure on a table after training. */
export interface FinalMeasure extends Measure {
  readonly table: string
}

/** Every metric and the loss on every table that some records were evaluated on at the end. */
export function finalMeasures(records: readonly RunRecord[]): FinalMeasure[] {
  const measures = [...metricsOf(records.flatMap(({ metrics }) => Object.entries(metrics))), lossMeasure]
  const tables = unique(records.flatMap(({ finals }) => Object.keys(finals)))
  return tables.flatMap((table) => measures.map((measure) => ({ ...measure, table })))
}

/** A final figure over seeds; of a single one with its standard error, NaN where that is not known. */
export interface FinalSpread extends Spread {
  readonly seeds: number
  readonly error: number
}

/** The final figure of some records, one a seed; undefined where they have none. */
export function finalSpread(records: readonly RunRecord[], measure: FinalMeasure): FinalSpread | undefined {
  const found = records.flatMap(({ finals }) => valueIn(ownOf(finals, measure.table), measure) ?? [])
  const [first] = found
  if (first === undefined) return undefined
  return { ...spreadOf(found.map(({ value }) => value)), seeds: found.length, error: first.error }
}
