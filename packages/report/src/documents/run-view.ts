/**
 * The measurements of a record as the page shows them: the loss, the metric by which runs are judged, gradients, units
 * and histograms. Nothing else in the package knows where a record holds a measurement or which metric it is.
 */
import type { RunRecord } from '@isograd/core'
import { type Agreement, reproductionOf, type Spread } from '@isograd/core/compare'
import type { NumberStyle } from './readings.js'

/** The metric by which runs are judged. */
export interface Metric {
  readonly name: string
  readonly plural: string
  readonly title: string
  readonly about: string
  readonly style: NumberStyle
}

/** The metric of every run: records of this form know one. */
export const metric: Metric = {
  name: 'accuracy',
  plural: 'accuracies',
  title: 'Accuracy',
  about: 'Share of samples whose largest output is their label.',
  style: 'percent',
}

/** A quantity over time; steps and epochs count from 1. */
export interface CurveQuantity {
  readonly key: string
  readonly title: string
  readonly label: string
  readonly style: NumberStyle
  readonly over: 'step' | 'epoch'
  /** One number for every step, in order; absent where numbers stand at positions of their own. */
  readonly everyStep?: (record: RunRecord) => readonly number[]
  readonly points?: (record: RunRecord) => readonly (readonly [position: number, value: number])[]
}

type EpochField = 'trainLoss' | 'testLoss' | 'testAccuracy' | 'validationLoss' | 'validationAccuracy'

function curve(
  key: string,
  title: string,
  of: Pick<CurveQuantity, 'everyStep' | 'points'>,
  over: CurveQuantity['over'],
) {
  return { key, title: `${title} by ${over}`, over, ...of }
}

function byEpoch(field: EpochField, key: string, title: string) {
  const points = ({ epochs }: RunRecord) =>
    epochs.flatMap(({ [field]: value }, i) => (value === undefined ? [] : [[i + 1, value] as const]))
  return curve(key, title, { points }, 'epoch')
}

function byEvaluation(field: 'testLoss' | 'testAccuracy', key: string, title: string) {
  const points = ({ evaluations = [] }: RunRecord) => evaluations.map((each) => [each.step, each[field]] as const)
  return curve(key, title, { points }, 'step')
}

/** The loss of every step, of its batch before the update. */
export function stepLosses({ losses }: RunRecord): readonly number[] {
  return losses
}

/** Loss, by step first: that is where a run shows what it does. */
export const lossCurves: readonly CurveQuantity[] = [
  curve('loss', 'Training loss', { everyStep: stepLosses }, 'step'),
  byEpoch('testLoss', 'test-loss', 'Test loss'),
  byEpoch('trainLoss', 'train-loss', 'Training loss'),
  byEpoch('validationLoss', 'validation-loss', 'Validation loss'),
  byEvaluation('testLoss', 'test-loss-within', 'Test loss'),
].map((each) => ({ ...each, label: 'loss', style: 'loss' }))

/** The metric, on the test set first: that is what is published. */
export const metricCurves: readonly CurveQuantity[] = [
  byEpoch('testAccuracy', `test-${metric.name}`, `Test ${metric.name}`),
  byEvaluation('testAccuracy', `test-${metric.name}-within`, `Test ${metric.name}`),
  byEpoch('validationAccuracy', `validation-${metric.name}`, `Validation ${metric.name}`),
  curve(
    `batch-${metric.name}`,
    `Batch ${metric.name}`,
    { everyStep: ({ trainAccuracies = [] }) => trainAccuracies },
    'step',
  ),
].map((each) => ({ ...each, label: metric.name, style: metric.style }))

/** A number of a layer. */
export interface LayerReading {
  readonly name: string
  readonly value: number
}

/** One probe of a run; its numbers are read only where the page has room for them. */
export interface Probe {
  /** Counted from 0. */
  readonly step: number
  readonly read: () => readonly LayerReading[]
}

/** A quantity over the layers of a network, at each probe. */
export interface DepthQuantity {
  readonly key: string
  readonly title: string
  readonly label: string
  readonly style: 'scientific' | 'percent'
  /** A probe is of a step, or of so many steps having been trained. */
  readonly framed: 'step' | 'trained'
  /** Present where the page says in words what depth does to it. */
  readonly judged?: boolean
  readonly probes: (record: RunRecord) => readonly Probe[]
}

interface RecordedProbe<K extends string> {
  readonly step: number
  readonly layers: readonly ({ readonly name: string } & { readonly [P in K]?: number })[]
}

/** Probes of the layers that are wanted and have a number under a key. */
function probesOf<K extends string>(
  probes: readonly RecordedProbe<K>[],
  key: K,
  wanted: (layer: string) => boolean = () => true,
): Probe[] {
  const read = (layers: RecordedProbe<K>['layers']): LayerReading[] =>
    layers.flatMap(({ name, [key]: value }) => (value === undefined || !wanted(name) ? [] : [{ name, value }]))
  return probes.map(({ step, layers }) => ({ step, read: () => read(layers) }))
}

/** Depth is counted in dense layers: parameters of others, as a normalisation's, stand between them. */
function isDense({ layers }: RunRecord): (layer: string) => boolean {
  const dense = new Set(layers.flatMap(({ name, kind }) => (kind === 'dense' ? [name] : [])))
  return (layer) => dense.has(layer)
}

/** Norms of the gradients of weights at each probe, of every layer that has weights. */
export function weightNorms({ gradientNorms }: RunRecord): Probe[] {
  return probesOf(gradientNorms, 'weight')
}

const gradient = { label: 'gradient norm', style: 'scientific', framed: 'step' } as const

/** Gradients and what they move, layer by layer. */
export const gradientQuantities: readonly DepthQuantity[] = [
  {
    ...gradient,
    key: 'weight',
    title: 'Gradient norm of the weights',
    judged: true,
    probes: (record) => probesOf(record.gradientNorms, 'weight', isDense(record)),
  },
  {
    ...gradient,
    key: 'bias',
    title: 'Gradient norm of the biases',
    probes: (record) => probesOf(record.gradientNorms, 'bias', isDense(record)),
  },
  {
    ...gradient,
    key: 'update',
    title: 'Update-to-weight ratio',
    label: 'update / weight',
    probes: (record) => probesOf(record.updateRatios ?? [], 'weight', isDense(record)),
  },
  {
    ...gradient,
    key: 'other',
    title: 'Gradient norm of other layers',
    probes: (record) => {
      const dense = isDense(record)
      return probesOf(record.gradientNorms, 'weight', (layer) => !dense(layer))
    },
  },
]

function unitShare(key: 'dead' | 'saturated', title: string): DepthQuantity {
  const probes = ({ units }: RunRecord) => probesOf(units, key)
  return { key, title, label: title.toLowerCase(), style: 'percent', framed: 'trained', probes }
}

/** Shares of units that do nothing, by activation layer. */
export const unitQuantities: readonly DepthQuantity[] = [
  unitShare('dead', 'Dead units'),
  unitShare('saturated', 'Saturated outputs'),
]

/** Numbers of a tensor, counted in bins of equal width from `min` to `max`. */
export interface Bins {
  readonly min: number
  readonly max: number
  readonly mean: number
  /** Standard deviation. */
  readonly deviation: number
  readonly counts: readonly number[]
  /** Numbers that are in no bin, because they are not finite. */
  readonly notFinite: number
}

type Histogram = NonNullable<RunRecord['histograms']>[number]['preActivations'][number]

function binsOf({ min, max, sum, sumOfSquares, counts, notFinite }: Histogram): Bins {
  const count = counts.reduce((total, each) => total + each, 0)
  const mean = sum / count
  const deviation = Math.sqrt(Math.max(0, sumOfSquares / count - mean * mean))
  return { min, max, mean: sixDigits(mean), deviation: sixDigits(deviation), counts, notFinite }
}

/** Histograms of the inputs of activations, layer by layer. */
export interface HistogramProbe {
  readonly step: number
  readonly layers: readonly string[]
  readonly read: () => readonly Bins[]
}

/** Histograms at each probe that has any. */
export function histogramProbes({ histograms = [] }: RunRecord): HistogramProbe[] {
  const present = histograms.filter(({ preActivations }) => preActivations.length > 0)
  return present.map(({ step, preActivations }) => ({
    step,
    layers: preActivations.map(({ name }) => name),
    read: () => preActivations.map(binsOf),
  }))
}

/** Six digits, for numbers that were computed and stand in no record. */
export function sixDigits(value: number): number {
  return Number.isFinite(value) ? Number(value.toPrecision(6)) : value
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** Training steps a second. */
export function rateOf({ steps, seconds }: RunRecord): number {
  return steps / seconds
}

/** An arm on a backend, over all its seeds. */
export interface RunSummary {
  readonly seeds: number
  /** The final metric. */
  readonly final: Spread
  readonly loss: number
  readonly seconds: number
  readonly rate: number
  /** Decades that the gradient loses from one layer to the layer before it; undefined for a single layer. */
  readonly decades: { readonly firstStep: number | undefined; readonly lastStep: number | undefined }
  /** The published value of the metric, where one is published; absent where nothing is. */
  readonly published?: { readonly final: number | undefined; readonly reproduced: boolean }
}

/** The summary of an arm's runs on one backend. */
export function summaryOf(records: readonly [RunRecord, ...RunRecord[]]): RunSummary {
  const { seeds, testAccuracy, seconds, vanishing, published, verdict } = reproductionOf(records)
  return {
    seeds,
    final: testAccuracy,
    loss: average(records.map(({ testLoss }) => testLoss)),
    seconds: seconds.mean,
    rate: average(records.map(rateOf)),
    decades: {
      firstStep: vanishing.firstStep.decadesPerLayer,
      lastStep: vanishing.lastStep.decadesPerLayer,
    },
    ...(published === undefined
      ? {}
      : { published: { final: published.testAccuracy, reproduced: verdict === 'reproduced' } }),
  }
}

/** Means of the final metric of both backends over some comparisons. */
export function finalsOf(agreements: readonly Agreement[]): { readonly a: number; readonly b: number } {
  return {
    a: average(agreements.map(({ accuracy }) => accuracy.a)),
    b: average(agreements.map(({ accuracy }) => accuracy.b)),
  }
}
