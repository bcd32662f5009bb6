/** The task of training an experiment's arms on backends: its parts, its listener and its result. */
import type { ArmSpec, RunEvent, RunRecord } from '@isograd/core'
import type { Agreement, TrainedPart } from '@isograd/core/compare'
import type { BackendFailure, LoadedBackend } from '../backends/load.js'
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
  /** With the seed of this training. */
  readonly arm: ArmSpec
  readonly backend: LoadedBackend
  /** The directory of its run; undefined where nothing is written. */
  readonly path: string | undefined
}

/** The runs that an earlier process of the same command has left. */
export interface BegunRuns {
  /** SHA-256 of records that the command is to replace, by the directory of the run. */
  readonly replaces: Readonly<Record<string, string>>
}

/** Hears of events as they happen, and of all else in the order of the task. */
export interface RunListener {
  /** @param run the name of the run, by `nameOf` of its task. */
  readonly event: (run: string, event: RunEvent) => void
  /** The run goes on no further, however it ended. */
  readonly stopped: (run: string) => void
  readonly armBegins: (arm: string) => Promise<void>
  readonly runEnds: (record: RunRecord, sample: TestSample | undefined) => void
  /** `asked`: the backend as a command line names it, where it could be used at all. */
  readonly runFails: (failure: RunFailure, asked?: string) => void
  readonly armEnds: (agreement: readonly Agreement[], records: readonly RunRecord[]) => void
}

/** Checkpoints on the way, in the directory of the run. */
export interface Checkpointing {
  readonly settings: Omit<ResumeSettings, 'backend'>
  readonly note: (text: string) => void
}

/** The arms to train, the backends, and the directory that runs are written to. */
export interface TrainingTask extends PlannedExperiment {
  /** Seeds that every arm is trained with; undefined: its own. */
  readonly seeds: readonly number[] | undefined
  readonly backends: readonly LoadedBackend[]
  /** Their names in those of directories: another backend may have taken over. */
  readonly backendNames: readonly string[]
  /** Those that failed before they could be used: their runs are failures. */
  readonly lost: readonly BackendFailure[]
  readonly directory: RunDirectory | undefined
  /** Undefined: none. Needs a directory. */
  readonly checkpointing: Checkpointing | undefined
  /** Undefined: nothing that is there counts. */
  readonly begun: BegunRuns | undefined
  /** True where each run shows the prediction of its model for a sample. */
  readonly showsSample: boolean
  /** Called when all is trained, for backends that fail as they are disposed of: of those nothing agrees. */
  readonly atEnd?: () => Promise<readonly BackendFailure[]>
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
  /** The parts of a single run that were trained by one process each. */
  readonly stretches?: readonly TrainedPart[]
}
