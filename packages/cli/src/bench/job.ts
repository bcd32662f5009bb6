/**
 * What the bench asks of a process of its own, and what comes back: plain data, since it crosses from one process to
 * another. Every measurement is a job, so that each has the memory, the warm-up and the event loop to itself.
 */
import type { ArmSpec, BackendInfo } from '@isograd/core'
import type { PeerNetwork } from './peer-network.js'

/** A directory with four files in MNIST's format. */
export interface DataPlace {
  readonly name: 'mnist' | 'digits'
  readonly directory: string
  /** Repeat the training samples until there are so many. */
  readonly rows?: number
}

/** How long to measure: warm up for `warmSeconds`, then time `steps` steps, or as many as fit into `seconds`. */
export interface Effort {
  readonly warmSeconds: number
  readonly steps: number | undefined
  readonly seconds: number
}

/** A backend by its name on the command line. */
export interface BackendChoice {
  readonly backend: string
  readonly threads: number | undefined
}

/** What a backend is trained on. */
export interface TrainJob extends BackendChoice {
  readonly kind: 'train'
  readonly armName: string
  readonly arm: ArmSpec
  readonly data: DataPlace
  readonly effort: Effort
}

/** The matrix products of a training step alone, and the copying of its state. */
export interface FloorJob extends BackendChoice {
  readonly kind: 'floor'
  readonly arm: ArmSpec
  readonly sampleShape: readonly number[]
  readonly classes: number
  readonly effort: Effort
}

/** Plain TensorFlow.js: `tf.sequential` and `fit`. */
export interface TfjsJob {
  readonly kind: 'tfjs'
  readonly network: PeerNetwork
  readonly data: DataPlace
  readonly effort: Effort
}

/** Whole epochs, and stretches of steps without and with gradients probed every so many steps. */
export interface AroundJob extends BackendChoice {
  readonly kind: 'around'
  readonly armName: string
  readonly arm: ArmSpec
  readonly data: DataPlace
  readonly epochs: number
  readonly probeEvery: number
  /** Steps of a stretch, and how many stretches are timed of each kind. */
  readonly stretch: number
  readonly stretches: number
}

/** Several seeds of an arm on every one of the backends. */
export interface TogetherJob {
  readonly kind: 'together'
  readonly backends: readonly string[]
  readonly threads: number | undefined
  readonly arm: ArmSpec
  readonly seeds: readonly number[]
  readonly data: DataPlace
  /** How many trainings run at once. */
  readonly jobs: number
}

/** Which versions a backend is made of; fails as `isograd run` would. */
export interface DescribeJob extends BackendChoice {
  readonly kind: 'describe'
}

/** Draws the built-in digits into the four files, or looks at the data that is there. */
export interface DataJob {
  readonly kind: 'data'
  readonly data: DataPlace
}

/** Any job. */
export type Job = TrainJob | FloorJob | TfjsJob | AroundJob | TogetherJob | DescribeJob | DataJob

/** What training left, on a backend or on a peer. */
export interface TrainResult {
  /** Seconds of a step: the mean over the steps timed. */
  readonly stepSeconds: number
  readonly steps: number
  /** From the start of the process to the end of the first step. */
  readonly firstStepSeconds: number
  readonly peakBytes: number
  /** Of a peer; a backend's are in its description. */
  readonly versions: Readonly<Record<string, string>>
}

/** What the floor is made of. */
export interface FloorResult {
  readonly productSeconds: number
  /** One read and one write of `stateBytes`. */
  readonly copySeconds: number
  readonly stateBytes: number
  /** Multiplications and additions of the products. */
  readonly operations: number
  readonly steps: number
}

/** Wall-clock seconds of epochs, and of steps in stretches, pairwise: the i-th with probes ran beside the i-th without. */
export interface AroundResult {
  readonly stepsPerEpoch: number
  readonly plainSeconds: readonly number[]
  /** Of these, the seconds inside the backend's scans. */
  readonly insideSeconds: readonly number[]
  readonly plainStepSeconds: readonly number[]
  readonly probedStepSeconds: readonly number[]
}

/** Wall-clock seconds of all trainings, without loading. */
export interface TogetherResult {
  readonly seconds: number
}

/** A backend that can be used. */
export interface DescribeResult {
  readonly name: string
  readonly info: BackendInfo
  readonly packageName: string
  readonly packageVersion: string | undefined
}

/** The data that is measured on. */
export interface DataResult {
  readonly name: string
  readonly origin: string
  readonly classes: number
  readonly sampleShape: readonly number[]
  readonly train: number
  readonly test: number
}

/** The result of each job. */
export interface JobResults {
  readonly train: TrainResult
  readonly floor: FloorResult
  readonly tfjs: TrainResult
  readonly around: AroundResult
  readonly together: TogetherResult
  readonly describe: DescribeResult
  readonly data: DataResult
}

/** The result of a job. */
export type ResultOf<J extends Job> = JobResults[J['kind']]

/** What is sent to the process: the job, and when the process was started, in milliseconds of the epoch. */
export interface JobMessage {
  readonly job: Job
  readonly startedAt: number
}

/** What it sends back. */
export type JobReply =
  | { readonly ok: true; readonly result: JobResults[Job['kind']] }
  | { readonly ok: false; readonly status: number; readonly message: string }
