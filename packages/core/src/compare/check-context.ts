/** The part of a check that all its modes share. */
import type { Backend } from '../backend/contract.js'
import type { TrainingPlan } from '../plan/plan.js'
import type { Findings } from './findings.js'
import type { Tolerances } from './tolerances.js'

/** One arm, checked on some backends. */
export interface CheckContext {
  readonly plan: TrainingPlan
  readonly backends: readonly Backend[]
  readonly tolerances: Tolerances
  /** Takes findings and failures. */
  readonly findings: Findings
  /** Told the work at hand, for progress. */
  readonly onStage: (text: string) => void
  readonly signal?: AbortSignal | undefined
  /** Whole batches of an epoch of the run, where the plan has fewer of its samples: its scans are that long. */
  readonly batchesOfRun?: number | undefined
}
