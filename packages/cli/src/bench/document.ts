/** The document of `isograd bench --json`, made from timings. All times are in seconds, all sizes in bytes. */
import type { BackendInfo } from '@isograd/core/backend'
import type { Environment } from '@isograd/report'
import type { EpochTiming } from './jobs/epochs.js'
import type { FloorTiming } from './jobs/floor.js'
import type { StepTiming, TrainTiming } from './jobs/stopwatch.js'
import { geometricMean, ratios, scaled, summarise } from './statistics.js'
import type { DataDescription, WorkloadDescription } from './workload.js'

/** Version of its form. */
export const BENCH_SCHEMA = 'isograd.bench/2'

/** The machine, as far as it bears on speed. */
export interface Machine extends Environment {
  /** Its memory. */
  readonly memoryBytes: number
  /** Operating system and its version. */
  readonly system: string
  /** Processes that wanted a core in the minute before; more than there are cores spoils the figures. */
  readonly loadAverage: number
}

/** A backend with what it is made of. */
export interface MeasuredBackend {
  readonly name: string
  /** Its own account of itself: versions, device, threads. */
  readonly info: BackendInfo
}

/** The length of a repetition. */
export interface Effort {
  /** Seconds that it warms up for. */
  readonly warmSeconds: number
  /** Steps that it trains then; undefined: as many as fit into the seconds. */
  readonly steps: number | undefined
  /** Seconds that it trains for, where the steps are not told. */
  readonly seconds: number
}

/** The effort of all of it. */
export interface BenchEffort extends Effort {
  /** Threads of a backend; undefined: as each has by itself. */
  readonly threads: number | undefined
  /** Repetitions of each measurement. */
  readonly repetitions: number
}

/** Something that could not be measured at all, and is no failure; without a preset: on all of them. */
export interface Skipped {
  /** The subject that was to be measured. */
  readonly subject: string
  readonly preset?: string
  readonly reason: string
}

/** A measurement that failed. */
export interface BenchFailure {
  readonly preset: string
  /** The subject that was to be measured. */
  readonly subject: string
  readonly message: string
}

/** The part that both documents begin with. */
export interface BenchHead {
  readonly machine: Machine
  readonly effort: BenchEffort
  /** The data that was trained on. */
  readonly data: DataDescription
  /** The backends. */
  readonly backends: readonly MeasuredBackend[]
  /** Subjects that could not be measured, with the reason. */
  readonly skipped: readonly Skipped[]
  /** Subjects that failed. */
  readonly failures: readonly BenchFailure[]
}

/** Something that is measured on a workload: `onnx`, `onnx floor`, `TensorFlow.js`, `PyTorch`, `JAX`. */
export interface SubjectNames {
  readonly name: string
  /** The kind of subject. */
  readonly kind: 'backend' | 'floor' | 'tfjs' | 'torch' | 'jax'
  /** Threads that compute. */
  readonly threads: number
}

/** The timing of a subject that trains, or of a floor. */
export type SubjectTiming = StepTiming & Partial<TrainTiming> & Partial<FloorTiming>

/** The two parts that a floor is the sum of, by the medians. */
function floorBench(floors: readonly FloorTiming['floor'][]) {
  const productSeconds = summarise(floors.map((floor) => floor.productSeconds)).median
  const copySeconds = summarise(floors.map((floor) => floor.copySeconds)).median
  return floors.slice(0, 1).map(({ stateBytes, operations }) => ({
    /** The two parts of a floor. */
    floor: {
      /** Seconds of the products of matrices. */
      productSeconds,
      /** Seconds of copying the state. */
      copySeconds,
      /** Size of the state. */
      stateBytes,
      /** Operations a second in these products. */
      operationsPerSecond: operations / productSeconds,
    },
  }))
}

/** The figures of a subject. An epoch is training alone: a step times the steps of an epoch. */
export function subjectBench(
  { name, kind, threads }: SubjectNames,
  timings: readonly SubjectTiming[],
  { batch, stepsPerEpoch }: Pick<WorkloadDescription, 'batch' | 'stepsPerEpoch'>,
) {
  const stepSeconds = summarise(timings.map((timing) => timing.stepSeconds))
  const firstSteps = timings.flatMap(({ firstStepSeconds }) => firstStepSeconds ?? [])
  const peaks = timings.flatMap(({ peakBytes }) => peakBytes ?? [])
  const [form] = timings.flatMap((timing) => timing.form ?? [])
  const [floor] = floorBench(timings.flatMap((timing) => timing.floor ?? []))
  return {
    name,
    /** The kind of subject. */
    kind,
    /** Threads that compute. */
    threads,
    /** Seconds of a step. */
    stepSeconds,
    /** Seconds of an epoch. */
    epochSeconds: scaled(stepSeconds, stepsPerEpoch),
    /** Rows a second. */
    samplesPerSecond: batch / stepSeconds.median,
    ...(firstSteps.length > 0 && {
      /** Seconds from the start of the process to the end of the first step. */
      firstStepSeconds: summarise(firstSteps),
    }),
    ...(peaks.length > 0 && {
      /** The most memory of the process. */
      peakBytes: summarise(peaks),
    }),
    ...(form !== undefined && {
      /** Of a peer: the form that was timed, of those that it has. */
      form,
    }),
    ...floor,
  }
}

/** True when a backend is compared with a subject: with its own floor and with every peer, not with another's floor. */
function isCompared(backend: SubjectBench, other: SubjectBench): boolean {
  return other.kind === 'floor' ? other.name.startsWith(`${backend.name} `) : other.kind !== 'backend'
}

/** Every backend to its peers and its floor: the step of the one over the step of the other, round by round. */
export function ratiosOf(subjects: readonly SubjectBench[]) {
  const backends = subjects.filter(({ kind }) => kind === 'backend')
  return backends.flatMap((backend) =>
    subjects
      .filter((other) => isCompared(backend, other))
      .map(({ name: to, stepSeconds }) => {
        return {
          /** The backend. */
          subject: backend.name,
          /** The peer that it is held against. */
          to,
          /** Its step over that of the other, round by round. */
          ratio: ratios(backend.stepSeconds.values, stepSeconds.values),
        }
      }),
  )
}

/** Geometric means over the presets that have a pair, in the order in which the pairs first appear. */
export function meanRatios(presets: readonly { readonly ratios: ReturnType<typeof ratiosOf> }[]) {
  const all = presets.flatMap((preset) => preset.ratios)
  const pairs = new Map(all.map(({ subject, to }) => [`${subject}\n${to}`, { subject, to }]))
  return [...pairs.values()].map(({ subject, to }) => {
    const values = all.filter((one) => one.subject === subject && one.to === to).map(({ ratio }) => ratio.median)
    return {
      /** The backend. */
      subject,
      /** The peer that it is held against. */
      to,
      /** The geometric mean. */
      ratio: geometricMean(values),
      /** The number of presets that it is over. */
      presets: values.length,
    }
  })
}

/** Whole epochs on a backend, the evaluation of the test set included, and what probes add to them. */
export function epochBench(backend: string, probeEvery: number, { stepsPerEpoch, epochs, stretches }: EpochTiming) {
  return {
    backend,
    /** Steps of an epoch. */
    stepsPerEpoch,
    /** Seconds of an epoch, its evaluation included. */
    epochSeconds: summarise(epochs.map(({ seconds }) => seconds)),
    /** Fraction of an epoch outside of the backend's scans. */
    around: summarise(epochs.map(({ seconds, inside }) => 1 - inside / seconds)),
    /** Steps from one probe to the next. */
    probeEvery,
    /** Time that probing adds to a step on the average, as a fraction of a step without, by pair of stretches. */
    probing: summarise(stretches.map(({ plain, probed }) => probed / plain - 1)),
  }
}

/** Whole processes that do nothing: `isograd --version`, and Node alone. */
export function startUpBench(version: readonly number[], node: readonly number[]) {
  return {
    /** Seconds of `isograd --version`. */
    versionSeconds: summarise(version),
    /** Seconds of Node alone. */
    nodeSeconds: summarise(node),
    /** The one over the other. */
    ratio: ratios(version, node),
  }
}

/** The seconds of the same trainings one by one, several at once, and with a process for each seed. */
export function concurrentBench(oneByOne: readonly number[], together: readonly number[], apart: readonly number[]) {
  return {
    /** Seconds of one after the other. */
    oneByOneSeconds: summarise(oneByOne),
    /** Seconds of several at once. */
    togetherSeconds: summarise(together),
    /** Seconds with a process for each. */
    apartSeconds: summarise(apart),
    /** One after the other over several at once. */
    speedUp: ratios(oneByOne, together),
    /** The speed-up that the machine gives. */
    apartSpeedUp: ratios(oneByOne, apart),
  }
}

/** The steps of a subject in a document. */
export type SubjectBench = ReturnType<typeof subjectBench>
/** Its epochs. */
export type EpochBench = ReturnType<typeof epochBench>
/** A mean over presets. */
export type MeanRatio = ReturnType<typeof meanRatios>[number]
/** The time of a start. */
export type StartUpBench = ReturnType<typeof startUpBench>

/** One arm of one preset. */
export interface PresetBench extends WorkloadDescription {
  /** The subjects with their measurements. */
  readonly subjects: readonly SubjectBench[]
  /** Backends over what they are held against. */
  readonly ratios: ReturnType<typeof ratiosOf>
  /** Whole epochs on each backend. */
  readonly around: readonly EpochBench[]
}

/** Several trainings: of each seed one on every backend, each of so many steps. */
export interface ConcurrentBench extends ReturnType<typeof concurrentBench> {
  readonly preset: string
  readonly arm: string
  readonly backends: readonly string[]
  /** The number of seeds. */
  readonly seeds: number
  /** Steps of a training. */
  readonly steps: number
  /** Trainings at once. */
  readonly jobs: number
}

/** The document that `isograd bench --json` prints. */
export interface BenchDocument extends BenchHead {
  readonly schema: typeof BENCH_SCHEMA
  /** The presets. */
  readonly presets: readonly PresetBench[]
  /** Means over the presets. */
  readonly means: readonly MeanRatio[]
  /** Whole processes that do nothing. */
  readonly startUp: StartUpBench
  /** Several trainings at once. */
  readonly together: readonly ConcurrentBench[]
}
