/**
 * The figures of runs as they are shown: the metric that judges a run with its name and its format, gradient norms by
 * layer, shares of units. Reports, live views and event files take them from here, so that the form of records and
 * events is known in one place.
 */
import { type ArmSpec, buildModel, type GradientsEvent, type RunRecord } from '@isograd/core'
import type {
  Agreement,
  EpochEvent,
  RecordComparison,
  RecordMeasure,
  Reproduction,
  RunComparison,
  StepsEvent,
} from '@isograd/core/compare'
import type { Dataset } from '@isograd/core/data'
import { formatCount, formatPercent } from '../text/numbers.js'

type Evaluation = EpochEvent['test']
type Epoch = RunRecord['epochs'][number]

/** The name of the metric. */
export const metricName = 'accuracy'

/** A value of the metric as text. */
export const formatMetric = formatPercent

/** The metric of an evaluation. */
export function metricOf({ accuracy }: Evaluation): number {
  return accuracy
}

/** The metric on the test set with the count that it stands for: `97.85 % (9,785/10,000)`. */
export function countedMetric({ accuracy }: Evaluation, samples: number): string {
  return `${formatMetric(accuracy)} (${formatCount(Math.round(accuracy * samples))}/${formatCount(samples)})`
}

/** The metric of a batch of these steps; undefined where it was not computed. */
export function batchMetric({ accuracies }: StepsEvent, index: number): number | undefined {
  return accuracies[index]
}

/** The final metric of a run. */
export function finalMetric({ testAccuracy }: Pick<RunRecord, 'testAccuracy'>): number {
  return testAccuracy
}

/** The metric after an epoch, on the test set and on the samples held back. */
export function epochMetrics({ testAccuracy: test, validationAccuracy: validation }: Epoch): {
  readonly test: number
  readonly validation: number | undefined
} {
  return { test, validation }
}

/** The final metric on other scales of the test set, in a line. */
export function scaleLines({ testAccuracyByScale: scales }: RunRecord): string[] {
  if (scales === undefined) return []
  return [`test ${metricName}: ${formatMetric(scales.raw)} on raw pixels, ${formatMetric(scales.unit)} on scaled ones`]
}

/** The least final metric that counts as learned; undefined where an arm has no goal. */
export function goalOf({ goal }: ArmSpec): number | undefined {
  return goal?.testAccuracy
}

/** The final metrics of two runs and their difference, as texts. */
export interface FinalComparison {
  readonly title: string
  readonly difference: string
  readonly tolerance: string
  readonly ok: boolean
}

/** The finals of an agreement. */
export function finalComparison({ accuracy: { a, b, difference, tolerance, ok } }: Agreement): FinalComparison {
  const title = `final ${metricName}: ${formatMetric(a)} and ${formatMetric(b)}`
  return { title, difference: formatMetric(difference), tolerance: `within ${formatMetric(tolerance)}`, ok }
}

/** The finals of two backends over seeds, in a line; `names` are those of the backends. */
export function seedsLine({ accuracy }: RunComparison, names: readonly [string, string]): string {
  const { seeds, a, b, difference, standardError } = accuracy
  const mean = (values: readonly number[]): string =>
    formatMetric(values.reduce((sum, value) => sum + value, 0) / values.length)
  const over = `over ${seeds.length} seed${seeds.length === 1 ? '' : 's'}`
  const apart = `apart ${formatMetric(difference)}, standard error ${formatMetric(standardError)}`
  return `final ${metricName} ${over}: ${names[0]} ${mean(a)}, ${names[1]} ${mean(b)}; ${apart}`
}

const measureTitles: Readonly<Record<RecordMeasure['name'], string>> = {
  firstLoss: 'first loss',
  firstGradient: 'first gradient',
  losses: 'losses',
  weights: 'final weights',
  accuracy: `final ${metricName}`,
}

/** The title of a measure of `isograd compare`; the finals need no word on what was measured. */
export function measureTitle({ name, what }: RecordMeasure): string {
  return what === '' || name === 'accuracy' ? measureTitles[name] : `${measureTitles[name]}: ${what}`
}

/** The final metric of one side of a comparison of records. */
export function sideMetric({ testAccuracy }: RecordComparison['a']): string {
  return formatMetric(testAccuracy)
}

/** The finals of an arm over seeds. */
export function reproducedMetric({ testAccuracy }: Pick<Reproduction, 'testAccuracy'>): Reproduction['testAccuracy'] {
  return testAccuracy
}

/** The published final of an arm, or the least that is accepted of it; `goal` where nothing is published. */
export function publishedText({ published }: Pick<Reproduction, 'published'>, goal: number | undefined): string {
  if (published?.testAccuracy !== undefined) return formatMetric(published.testAccuracy)
  const { atLeast = goal } = published?.accept ?? {}
  return atLeast === undefined ? '-' : `>= ${formatMetric(atLeast)}`
}

/** The norm of a layer's gradient: that of its weights. */
export interface LayerNorm {
  readonly name: string
  readonly norm: number
}

/** The norms at a probe, first layer first. */
export function layerNorms({ layers }: Pick<GradientsEvent, 'layers'>): LayerNorm[] {
  return layers.map(({ name, weight }) => ({ name, norm: weight }))
}

/** The norms of the layers by which depth is judged: a normalisation's parameters, for one, say nothing about it. */
export function depthNorms({ layers }: RunRecord, probe: Pick<GradientsEvent, 'layers'>): number[] {
  const dense = new Set(layers.filter(({ kind }) => kind === 'dense').map(({ name }) => name))
  return layerNorms(probe).flatMap(({ name, norm }) => (dense.has(name) ? [norm] : []))
}

/** The largest share of dead, or of saturated, units of any layer after training, in a line. */
export function unitLines({ units }: RunRecord, kind: 'dead' | 'saturated'): string[] {
  const shares = (units.at(-1)?.layers ?? []).flatMap(({ name, [kind]: share }) =>
    share === undefined ? [] : [{ name, share }],
  )
  const [worst] = shares.toSorted((a, b) => b.share - a.share)
  return worst === undefined ? [] : [`${kind} units: at most ${formatPercent(worst.share)} (${worst.name})`]
}

/** The model of an arm for its data. */
export function modelOf(arm: ArmSpec, { sampleShape, classes }: Dataset): ReturnType<typeof buildModel> {
  return buildModel(arm, sampleShape, classes)
}
