/**
 * Checks a generated experiment as a user would: by the default `check`, by what `run` says of the runs' agreement, and by
 * `compare` of their records. Where a healthy backend is blamed, that is a false alarm.
 */
import type { Backend } from '../backend/contract.js'
import { checkExperiment, checkModes, type TrainingCheckMode } from '../compare/check.js'
import { agreementOf } from '../compare/records/agreement.js'
import { compareRecords, type RecordSide } from '../compare/records/record-compare.js'
import { roundingOfPlan, withRounding } from '../compare/records/with-rounding.js'
import type { Verdict } from '../compare/verdict.js'
import type { TrainingPlan } from '../plan/plan.js'
import { recordOf } from '../records/record.js'
import type { RunEvent } from '../run/events.js'
import { train } from '../run/runner.js'
import type { HealthyExperiment } from './healthy-experiments.js'

/** The ways in which an experiment is judged. */
export const healthyModes = [...checkModes, 'agreement', 'compare'] as const

/** One of them. */
export type HealthyMode = (typeof healthyModes)[number]

/** A healthy backend that was blamed. */
export interface FalseAlarm {
  /** The way of judging that blamed it. */
  readonly mode: HealthyMode
  /** Its words. */
  readonly sentence: string
}

/** The result of one experiment; plain data. */
export interface HealthyResult {
  /** Seed that it was generated with. */
  readonly seed: number
  /** Those that compute in the experiment's precision. */
  readonly backends: readonly string[]
  /** The verdicts that each way gave, none twice. */
  readonly verdicts: Readonly<Partial<Record<HealthyMode, readonly Verdict[]>>>
  /** The false alarms. */
  readonly alarms: readonly FalseAlarm[]
}

type Part = Pick<HealthyResult, 'verdicts' | 'alarms'>

/** Most findings of a check that are kept. */
const MOST_ALARMS = 5

async function checked(plan: TrainingPlan, backends: readonly Backend[], signal?: AbortSignal): Promise<Part> {
  const report = await checkExperiment({
    experiment: plan.arm.name,
    plans: [plan],
    backends,
    modes: checkModes,
    ...(signal && { signal }),
  })
  const judgements = report.arms.flatMap((arm) => Object.entries(arm.judgements))
  const verdicts = Object.fromEntries(judgements.map(([mode, { verdict }]) => [mode, [verdict]]))
  const faults = report.findings.filter(({ severity }) => severity === 'fault')
  const found = faults.map(({ mode, sentence }) => ({ mode: mode as TrainingCheckMode, sentence }))
  const failed = report.failures.map(({ mode, backend, message }) => ({
    mode: mode as TrainingCheckMode,
    sentence: `${backend} failed: ${message}`,
  }))
  const blamed = judgements.filter(([mode, { verdict }]) => {
    return verdict === 'disagree' && !found.some((alarm) => alarm.mode === mode)
  })
  const other = blamed.map(([mode, { reason }]) => ({ mode: mode as TrainingCheckMode, sentence: reason }))
  return { verdicts, alarms: [...failed, ...found, ...other].slice(0, MOST_ALARMS) }
}

async function trained(plan: TrainingPlan, backend: Backend, signal?: AbortSignal): Promise<RecordSide> {
  const events: RunEvent[] = []
  for await (const event of train({ plan, backend, ...(signal && { signal }) })) events.push(event)
  const end = events.find((event) => event.type === 'end')
  return { record: recordOf(events), ...(end && { weights: end.chosen }) }
}

function verdictsOf(list: readonly { readonly verdict: Verdict }[]): Verdict[] {
  return [...new Set(list.map(({ verdict }) => verdict))]
}

function compared(sides: readonly RecordSide[]): Part {
  const [first, ...others] = sides
  if (first === undefined) return { verdicts: {}, alarms: [] }
  const agreements = agreementOf(sides.map(({ record }) => record))
  const comparisons = others.map((side) => compareRecords(first, side))
  const disagreements = agreements.filter(({ verdict }) => verdict === 'disagree')
  const alarms = [
    ...disagreements.map(({ backends, firstLoss, earlyLoss, gradients, finals, reason = '' }): FalseAlarm => {
      const worst = gradients.filter(({ ok }) => !ok)
      const what = JSON.stringify({ firstLoss, earlyLoss, gradients: worst.slice(0, 2), finals })
      return { mode: 'agreement', sentence: `${backends.join(' and ')}: ${reason}${what}` }
    }),
    ...comparisons.flatMap(({ verdict, reason }): FalseAlarm[] =>
      verdict === 'disagree' ? [{ mode: 'compare', sentence: reason }] : [],
    ),
  ]
  return { verdicts: { agreement: verdictsOf(agreements), compare: verdictsOf(comparisons) }, alarms }
}

/**
 * Checks an experiment on healthy backends, those that compute in its precision.
 * @param backends their names differ; the caller disposes them.
 */
export async function checkHealthy(
  { seed, plan }: HealthyExperiment,
  backends: readonly Backend[],
  signal?: AbortSignal,
): Promise<HealthyResult> {
  const able = backends.filter(({ info }) => info.dtypes.includes(plan.arm.precision))
  const check = await checked(plan, able, signal)
  const sides: RecordSide[] = []
  for (const backend of able) {
    // oxlint-disable-next-line no-await-in-loop -- one training at a time: they share the cores
    sides.push(await trained(plan, backend, signal))
  }
  const measured = await withRounding(
    sides.map(({ record }) => record),
    (_, extent) => roundingOfPlan(plan, extent, signal),
  )
  const records = compared(sides.map((side, i) => ({ ...side, record: measured[i] ?? side.record })))
  return {
    seed,
    backends: able.map(({ name }) => name),
    verdicts: { ...check.verdicts, ...records.verdicts },
    alarms: [...check.alarms, ...records.alarms],
  }
}
