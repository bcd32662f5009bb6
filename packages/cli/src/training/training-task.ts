/** The task of training an experiment's arms on backends: its parts, its listener and its result. */
import type { ArmSpec, RunEvent, RunRecord } from '@isograd/core'
import type { Agreement } from '@isograd/core/compare'
import type { LoadedBackend } from '../backends/load.js'
import type { TestSample } from '../documents/predict-document.js'
import type { ResumeSettings } from '../documents/resume-settings.js'
import type { RunDirectory } from '../documents/run-directory.js'
import type { RunFailure } from '../documents/runs-document.js'
import type { PlannedExperiment } from '../input/plan-arm.js'
import type { RunPositions } from './run-positions.js'
import type { TrainingQueue } from './training-queue.js'

/** One training: an arm on a backend. */
export interface TrainingSubject {
  readonly armName: string
  readonly arm: ArmSpec
  readonly backend: LoadedBackend
}

/** Hears of events as they happen, and of all else in the order of the task. */
export interface RunListener {
  /** @param run the name of the run, by `nameOf` of its task. */
  readonly event: (run: string, event: RunEvent) => void
  /** The run goes on no further, however it ended. */
  readonly stopped: (run: string) => void
  readonly armBegins: (arm: string) => Promise<void>
  readonly runEnds: (record: RunRecord, sample: TestSample | undefined) => void
  readonly runFails: (failure: RunFailure) => void
  readonly armEnds: (agreement: readonly Agreement[], records: readonly RunRecord[]) => void
}

/** Checkpoints on the way, in the directory of the run. */
export interface Checkpointing {
  readonly settings: Omit<ResumeSettings, 'backend'>
  readonly note: (text: string) => void
}

/** The arms to train, the backends, and the directory that runs are written to. */
export interface TrainingTask extends PlannedExperiment {
  readonly backends: readonly LoadedBackend[]
  readonly directory: RunDirectory | undefined
  /** Undefined: none. Needs a directory. */
  readonly checkpointing: Checkpointing | undefined
  /** True where each run shows the prediction of its model for a sample. */
  readonly showsSample: boolean
  readonly queue: TrainingQueue
  readonly positions: RunPositions
  /** A name for a training that no other of the command has. */
  readonly nameOf: (subject: TrainingSubject) => string
  readonly listener: RunListener
}

/** All runs, their comparison, and the trainings that failed. */
export interface TrainingResult {
  readonly records: readonly RunRecord[]
  readonly agreement: readonly Agreement[]
  readonly failures: readonly RunFailure[]
}
