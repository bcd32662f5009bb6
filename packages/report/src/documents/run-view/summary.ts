/** The figures of an arm on a backend over all its seeds, and of comparisons of two backends. */
import { type Agreement, type Reproduction, reproductionOf, type RunRecord } from '@isograd/core/compare'
import { average, type NumberStyle } from '../readings.js'
import { finalSpread, judgedName, lossMeasure, styleOf } from './measures.js'

/** An arm on a backend, over all its seeds; what is published of it, the figure that judges, and the loss. */
export interface RunSummary extends Reproduction {
  /** The figure that judges, with its table. */
  readonly judged: string
  readonly style: NumberStyle
  readonly loss: number | undefined
  /** Training steps a second; undefined where none was trained. */
  readonly rate: number | undefined
}

/** Training steps a second of each run that was trained. */
export function ratesOf(records: readonly RunRecord[]): number[] {
  return records.flatMap(({ steps, seconds, losses, end }) => {
    const trained = end.reason === 'finished' ? steps : losses.length
    return trained === 0 ? [] : [trained / seconds]
  })
}

/** The summary of an arm's runs on one backend. @param all the runs of its experiment. */
export function summaryOf(
  records: readonly [RunRecord, ...RunRecord[]],
  all: readonly RunRecord[] = records,
): RunSummary {
  const [first] = records
  const reproduction = reproductionOf(records, all)
  const loss = finalSpread(records, { ...lossMeasure, table: first.judgedOn })?.mean
  const [style, rates] = [styleOf(reproduction.metric), ratesOf(records)]
  const rate = rates.length === 0 ? undefined : average(rates)
  return { ...reproduction, judged: judgedName(first), style, loss, rate }
}

/** `diverged at step 12`, of the first run that left the finite numbers; undefined where none did. */
export function divergedText(records: readonly RunRecord[]): string | undefined {
  const [first] = records.flatMap(({ end }) => end.nonFinite ?? [])
  return first && `diverged at step ${(first.step + 1).toLocaleString('en-US')}`
}

/** False where nothing was trained, and so there are no losses of steps. */
export function hasLosses({ firstLoss: { a, b } }: Agreement): boolean {
  return !(Number.isNaN(a) && Number.isNaN(b))
}

/** The final figures of both backends in some comparisons, as means over them. */
export function finalsOf(agreements: readonly [Agreement, ...Agreement[]]) {
  const [{ finals }] = agreements
  const mean = (side: 'a' | 'b'): number => average(agreements.map((each) => each.finals[side]))
  return { label: finals.metric.label, style: styleOf(finals.metric), a: mean('a'), b: mean('b') }
}
