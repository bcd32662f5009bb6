/** The documents of `isograd bench --json`. All times are in seconds, all sizes in bytes. */
import type { BackendInfo } from '@isograd/core'
import type { Environment } from '../run/environment.js'
import type { Line, Power, Summary } from './statistics.js'

/** Version of the table's form, and of the growth's. */
export const BENCH_SCHEMA = 'isograd.bench/1'
export const GROWTH_SCHEMA = 'isograd.bench-growth/1'

/** The machine, as far as it bears on speed. */
export interface Machine extends Environment {
  readonly memoryBytes: number
  readonly system: string
  /** Processes that wanted a core in the minute before; more than there are cores spoils the figures. */
  readonly loadAverage: number
}

/** A backend with what it is made of. */
export interface MeasuredBackend {
  readonly name: string
  readonly info: BackendInfo
}

/** How long a repetition lasts: warm up for `warmSeconds`, then `steps` steps, or as many as fit into `seconds`. */
export interface Effort {
  readonly warmSeconds: number
  readonly steps: number | undefined
  readonly seconds: number
}

/** The data that is measured on. */
export interface DataDescription {
  readonly name: string
  readonly origin: string
  readonly sampleShape: readonly number[]
  /** Numbers of samples. */
  readonly train: number
  readonly test: number
}

/** Something that could not be measured at all, and is no failure. */
export interface Skipped {
  readonly subject: string
  /** Absent: on all presets. */
  readonly preset?: string
  readonly reason: string
}

/** A measurement that failed. */
export interface BenchFailure {
  readonly preset: string
  readonly subject: string
  readonly message: string
}

/** The part that both documents begin with. */
export interface BenchHead {
  readonly machine: Machine
  readonly effort: Effort & { readonly threads: number | undefined; readonly repetitions: number }
  readonly data: DataDescription
  readonly backends: readonly MeasuredBackend[]
  readonly skipped: readonly Skipped[]
  readonly failures: readonly BenchFailure[]
}

/** One arm of one preset. */
export interface WorkloadDescription {
  readonly preset: string
  readonly arm: string
  readonly network: string
  readonly parameters: number
  readonly batch: number
  readonly stepsPerEpoch: number
}

/** The two parts that a floor is the sum of. */
export interface FloorParts {
  readonly productSeconds: number
  readonly copySeconds: number
  readonly stateBytes: number
  /** Of the products, by the median. */
  readonly operationsPerSecond: number
}

/** The figures of one that trains, or of a floor, on one arm. */
export interface SubjectBench {
  /** `onnx`, `onnx floor`, `TensorFlow.js`, `PyTorch`. */
  readonly name: string
  readonly kind: 'backend' | 'floor' | 'tfjs' | 'torch'
  readonly threads: number
  readonly stepSeconds: Summary
  /** Training alone: a step times the steps of an epoch. */
  readonly epochSeconds: Summary
  /** By the median. */
  readonly samplesPerSecond: number
  /** From the start of the process; absent for floors. */
  readonly firstStepSeconds?: Summary
  readonly peakBytes?: Summary
  readonly floor?: FloorParts
}

/** How long a step of one takes compared with a step of another: the median of the rounds' ratios. */
export interface Ratio {
  readonly subject: string
  readonly to: string
  readonly ratio: Summary
}

/** Whole epochs on a backend, and what probes add to them. */
export interface EpochBench {
  readonly backend: string
  readonly stepsPerEpoch: number
  /** The evaluation of the test set included. */
  readonly epochSeconds: Summary
  /** Fraction of an epoch outside of the backend's scans. */
  readonly around: Summary
  readonly probeEvery: number
  /** Time that probing adds to a step on the average, as a fraction of a step without, by pair of stretches. */
  readonly probing: Summary
}

/** The figures of one arm. */
export interface PresetBench extends WorkloadDescription {
  readonly subjects: readonly SubjectBench[]
  readonly ratios: readonly Ratio[]
  readonly around: readonly EpochBench[]
}

/** The geometric mean of a ratio over the presets that have it. */
export interface MeanRatio {
  readonly subject: string
  readonly to: string
  readonly ratio: number
  readonly presets: number
}

/** Whole processes that do nothing: `isograd --version`, and Node alone. */
export interface StartUpBench {
  readonly versionSeconds: Summary
  readonly nodeSeconds: Summary
  readonly ratio: Summary
}

/** The same trainings one after the other and several at once. */
export interface ConcurrentBench {
  readonly preset: string
  readonly arm: string
  readonly backends: readonly string[]
  /** Of each there is a training on every backend. */
  readonly seeds: number
  /** Of each training. */
  readonly steps: number
  readonly jobs: number
  readonly oneByOneSeconds: Summary
  readonly togetherSeconds: Summary
  /** With a process for each seed, all at the same time. */
  readonly apartSeconds: Summary
  /** Time one by one over time at once, round by round. */
  readonly speedUp: Summary
  /** The same with processes: what the machine gives. */
  readonly apartSpeedUp: Summary
}

/** The document of `isograd bench`. */
export interface BenchDocument extends BenchHead {
  readonly schema: typeof BENCH_SCHEMA
  readonly presets: readonly PresetBench[]
  readonly means: readonly MeanRatio[]
  readonly startUp: StartUpBench
  readonly together: readonly ConcurrentBench[]
}

/** Time of a step against one dimension of a network. */
export interface GrowthBench {
  readonly backend: string
  readonly dimension: string
  /** The network, in words, where the dimension is n. */
  readonly network: string
  readonly points: readonly { readonly size: number; readonly stepSeconds: Summary }[]
  /** Over all points, and over the upper half of them, where constant costs weigh less. */
  readonly fit: Power
  readonly upperFit: Power
}

/** Peak resident memory against rows of the data set. */
export interface MemoryBench {
  readonly backend: string
  readonly points: readonly { readonly rows: number; readonly peakBytes: number }[]
  readonly fit: Line
  readonly rowBytes: number
  /** How often the data set is in memory: the slope of the line over the bytes of a row. */
  readonly copies: number
}

/** The document of `isograd bench --growth`. */
export interface GrowthDocument extends BenchHead {
  readonly schema: typeof GROWTH_SCHEMA
  readonly growth: readonly GrowthBench[]
  readonly memory: readonly MemoryBench[]
}
