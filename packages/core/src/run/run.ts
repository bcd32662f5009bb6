/** A run under way: its options, and what its functions pass on. */
import type { Backend } from '../backend/contract.js'
import type { CompiledPlan } from '../plan/compiled.js'
import type { TrainingPlan } from '../plan/plan.js'
import type { EpochEvent, Stop } from './events.js'
import type { NonFinitePlace } from './non-finite.js'
import type { ScanLength } from './scan-length.js'
import type { RunState } from './state.js'

/** The plan to train and the backend to train it on. */
export interface TrainOptions {
  readonly plan: TrainingPlan
  readonly backend: Backend
  /** Goes on from here instead of from the start. */
  readonly from?: RunState
  /** Yields a checkpoint every so many steps. */
  readonly checkpointEvery?: number
  /** Seconds that a scan should take: a quarter of one unless told otherwise. It changes no result. */
  readonly scanSeconds?: number
  /** Stops the run between two scans: the iterator throws the signal's reason. */
  readonly signal?: AbortSignal
}

/** A run's parts, as its functions pass them on. `state` is replaced, never changed. */
export interface Run {
  readonly options: TrainOptions
  readonly plan: TrainingPlan
  readonly compiled: CompiledPlan
  readonly scanLength: ScanLength
  readonly yieldToEventLoop: () => Promise<void>
  readonly began: number
  state: RunState
  /** Set where the training ends before its last epoch. */
  stop: Stop | undefined
  /** Set where the run ends because its numbers are no longer finite. */
  nonFinite: NonFinitePlace | undefined
}

/** The epochs of a run, or of its part since it was resumed, by number. */
export type Epochs = ReadonlyMap<number, EpochEvent>
