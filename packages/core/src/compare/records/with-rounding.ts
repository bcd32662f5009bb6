/**
 * Records that are further apart than most are given the part of rounding in their first steps, so that they can be judged. It
 * takes training those steps on the host, in JavaScript, 7 times, and 23 times before anyone is blamed: most runs are never
 * asked for it.
 */
import type { TrainingPlan } from '../../plan/plan.js'
import type { RoundingRecord, RunRecord } from '../../records/record.js'
import { stepsOnHost } from '../host-work.js'
import { compareRuns, isOfOneTraining, stepsToMeasure } from './agreement.js'
import { measureRounding, type RoundingOptions } from './measure-rounding.js'

/** The part of a training that is measured. */
export type RoundingExtent = Pick<RoundingOptions, 'steps' | 'samples'>

/** Measures rounding in the first steps of what a record trained; undefined where its data are not at hand. */
export type MeasureRounding = (record: RunRecord, extent: RoundingExtent) => Promise<RoundingRecord | undefined>

/** Most steps that are measured: by then rounding has grown to what it grows to, or it does not. */
const MOST_STEPS = 200

/** Seconds after which no further step is measured. */
const MOST_SECONDS = 30

/**
 * Trainings that round at random before anyone is blamed. Where rounding decides a sign, and an optimizer makes a whole step of
 * it, one training in several goes another way: of few, all may go the same.
 */
const MORE_SAMPLES = 20

/** Once what was measured explains one parting, another may be seen behind it. */
const ROUNDS = 3

/** The measure of a plan, as far as it is affordable; undefined where not a step is. @throws the signal's reason */
export async function roundingOfPlan(
  plan: TrainingPlan,
  { steps, samples }: RoundingExtent,
  signal?: AbortSignal,
): Promise<RoundingRecord | undefined> {
  if (stepsOnHost(plan, 1) < 1) return undefined
  const extent = { samples, steps: Math.min(steps, MOST_STEPS, plan.steps), seconds: MOST_SECONDS }
  return measureRounding(plan, { ...extent, signal })
}

function withMeasure(record: RunRecord, rounding: RoundingRecord | undefined): RunRecord {
  return rounding === undefined ? record : { ...record, rounding }
}

/** The part of rounding in the first steps of two records: what is known, or measured now where that is needed. */
export async function roundingFor(
  a: RunRecord,
  b: RunRecord,
  measure: MeasureRounding,
): Promise<RoundingRecord | undefined> {
  let known = a.rounding ?? b.rounding
  for (let round = 0; round < ROUNDS; round++) {
    const steps = stepsToMeasure(withMeasure(a, known), b)
    if (steps === 0) break
    // oxlint-disable-next-line no-await-in-loop -- how far is needed depends on what was measured
    const found = await measure(a, { steps })
    if (found === undefined) break
    const isMore = known === undefined || found.losses.length > known.losses.length
    known = found
    if (!isMore) break
  }
  if (known === undefined || compareRuns(withMeasure(a, known), b).verdict !== 'disagree') return known
  const more = await measure(a, { steps: known.losses.length, samples: MORE_SAMPLES })
  // Of the same steps more trainings reach as far or further; time may have cut them off before.
  return more !== undefined && more.losses.length >= known.losses.length ? more : known
}

/** Runs, in their order, with the part of rounding where two of one arm and seed cannot be judged without it. */
export async function withRounding(records: readonly RunRecord[], measure: MeasureRounding): Promise<RunRecord[]> {
  const known = new Map<RunRecord, RoundingRecord>()
  for (const record of records) {
    const first = records.find((other) => isOfOneTraining(other, record))
    if (first === undefined || first === record) continue
    // oxlint-disable-next-line no-await-in-loop -- one after the other: they share the one processor
    const found = await roundingFor(withMeasure(first, known.get(first)), record, measure)
    if (found !== undefined) for (const each of [first, record]) known.set(each, found)
  }
  return records.map((record) => withMeasure(record, known.get(record)))
}
