/** The figures of an arm on a backend over all its seeds, and of comparisons of two backends. */
import { type Agreement, reproductionOf, type RunRecord, type Spread } from '@isograd/core/compare'
import { average } from '../rounding.js'
import type { NumberStyle } from '../readings.js'
import { judgedName, lossMeasure, finalSpread, styleOf } from './measures.js'

/** An arm on a backend, over all its seeds. */
export interface RunSummary {
  readonly seeds: number
  /** The figure that judges: its words, the style of its values, and the values. */
  readonly judged: string
  readonly style: NumberStyle
  readonly final: Spread
  readonly loss: number | undefined
  readonly seconds: number
  /** Training steps a second; undefined where none was trained. */
  readonly rate: number | undefined
  /** Decades that the gradient loses from one layer to the layer before it; undefined for a single layer. */
  readonly decades: { readonly firstStep: number | undefined; readonly lastStep: number | undefined }
  /** The published value of the figure, where one is published; absent where nothing is. */
  readonly published?: { readonly final: number | undefined; readonly isReproduced: boolean }
}

/** Training steps a second over some runs; undefined where none was trained. */
export function rateOf(records: readonly RunRecord[]): number | undefined {
  const rates = records.flatMap(({ steps, seconds }) => (steps === 0 ? [] : [steps / seconds]))
  return rates.length === 0 ? undefined : average(rates)
}

/** The summary of an arm's runs on one backend. */
export function summaryOf(records: readonly [RunRecord, ...RunRecord[]]): RunSummary {
  const [first] = records
  const { seeds, metric, final, seconds, vanishing, published, verdict } = reproductionOf(records)
  return {
    seeds,
    judged: judgedName(first),
    style: styleOf(metric),
    final,
    loss: finalSpread(records, { ...lossMeasure, table: first.judgedOn })?.mean,
    seconds: seconds.mean,
    rate: rateOf(records),
    decades: {
      firstStep: vanishing.firstStep.decadesPerLayer,
      lastStep: vanishing.lastStep.decadesPerLayer,
    },
    ...(published && { published: { final: published.final, isReproduced: verdict === 'reproduced' } }),
  }
}

/** Means of the final figure of both backends over some comparisons. */
export function finalsOf(agreements: readonly [Agreement, ...Agreement[]]) {
  const [{ finals }] = agreements
  return {
    label: finals.metric.label,
    style: styleOf(finals.metric),
    a: average(agreements.map((each) => each.finals.a)),
    b: average(agreements.map((each) => each.finals.b)),
  }
}
