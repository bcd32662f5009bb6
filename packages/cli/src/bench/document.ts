/** The documents of `isograd bench --json`, made from timings. All times are in seconds, all sizes in bytes. */
import type { BackendInfo } from '@isograd/core/backend'
import type { Environment } from '@isograd/report'
import type { EpochTiming } from './jobs/epochs.js'
import type { FloorTiming } from './jobs/floor.js'
import type { StepTiming, TrainTiming } from './jobs/stopwatch.js'
import { fitLine, fitPower, geometricMean, type Point, ratios, scaled, summarise, type Summary } from './statistics.js'
import type { DataDescription, WorkloadDescription } from './workload.js'

/** Version of the table's form, and of the growth's. */
export const BENCH_SCHEMA = 'isograd.bench/2'
export const GROWTH_SCHEMA = 'isograd.bench-growth/2'

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

/** The length of a repetition: warm up for `warmSeconds`, then `steps` steps, or as many as fit into `seconds`. */
export interface Effort {
  readonly warmSeconds: number
  readonly steps: number | undefined
  readonly seconds: number
}

/** Something that could not be measured at all, and is no failure; without a preset: on all of them. */
export interface Skipped {
  readonly subject: string
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

/** Something that is measured on a workload: `onnx`, `onnx floor`, `TensorFlow.js`, `PyTorch`, `JAX`. */
export interface SubjectNames {
  readonly name: string
  readonly kind: 'backend' | 'floor' | 'tfjs' | 'torch' | 'jax'
  readonly threads: number
}

/** The timing of a subject that trains, or of a floor. */
export type SubjectTiming = StepTiming & Partial<TrainTiming> & Partial<FloorTiming>

/** The two parts that a floor is the sum of, by the medians. */
function floorBench(floors: readonly FloorTiming['floor'][]) {
  const productSeconds = summarise(floors.map((floor) => floor.productSeconds)).median
  const copySeconds = summarise(floors.map((floor) => floor.copySeconds)).median
  return floors.slice(0, 1).map(({ stateBytes, operations }) => ({
    floor: { productSeconds, copySeconds, stateBytes, operationsPerSecond: operations / productSeconds },
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
    kind,
    threads,
    stepSeconds,
    epochSeconds: scaled(stepSeconds, stepsPerEpoch),
    samplesPerSecond: batch / stepSeconds.median,
    ...(firstSteps.length > 0 && { firstStepSeconds: summarise(firstSteps) }),
    ...(peaks.length > 0 && { peakBytes: summarise(peaks) }),
    ...(form !== undefined && { form }),
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
        return { subject: backend.name, to, ratio: ratios(backend.stepSeconds.values, stepSeconds.values) }
      }),
  )
}

/** Geometric means over the presets that have a pair, in the order in which the pairs first appear. */
export function meanRatios(presets: readonly { readonly ratios: ReturnType<typeof ratiosOf> }[]) {
  const all = presets.flatMap((preset) => preset.ratios)
  const pairs = new Map(all.map(({ subject, to }) => [`${subject}\n${to}`, { subject, to }]))
  return [...pairs.values()].map(({ subject, to }) => {
    const values = all.filter((one) => one.subject === subject && one.to === to).map(({ ratio }) => ratio.median)
    return { subject, to, ratio: geometricMean(values), presets: values.length }
  })
}

/** Whole epochs on a backend, the evaluation of the test set included, and what probes add to them. */
export function epochBench(backend: string, probeEvery: number, { stepsPerEpoch, epochs, stretches }: EpochTiming) {
  return {
    backend,
    stepsPerEpoch,
    epochSeconds: summarise(epochs.map(({ seconds }) => seconds)),
    /** Fraction of an epoch outside of the backend's scans. */
    around: summarise(epochs.map(({ seconds, inside }) => 1 - inside / seconds)),
    probeEvery,
    /** Time that probing adds to a step on the average, as a fraction of a step without, by pair of stretches. */
    probing: summarise(stretches.map(({ plain, probed }) => probed / plain - 1)),
  }
}

/** Whole processes that do nothing: `isograd --version`, and Node alone. */
export function startUpBench(version: readonly number[], node: readonly number[]) {
  return { versionSeconds: summarise(version), nodeSeconds: summarise(node), ratio: ratios(version, node) }
}

/** The seconds of the same trainings one by one, several at once, and with a process for each seed. */
export function concurrentBench(oneByOne: readonly number[], together: readonly number[], apart: readonly number[]) {
  return {
    oneByOneSeconds: summarise(oneByOne),
    togetherSeconds: summarise(together),
    apartSeconds: summarise(apart),
    speedUp: ratios(oneByOne, together),
    /** The speed-up that the machine gives. */
    apartSpeedUp: ratios(oneByOne, apart),
  }
}

/** The growth of a step with one dimension, n in the words of the network; a fit of the upper half sees constants less. */
export function growthOf(
  { name, network }: { readonly name: string; readonly network: string },
  backend: string,
  points: readonly { readonly size: number; readonly stepSeconds: Summary }[],
) {
  const pairs = points.map(({ size, stepSeconds }): Point => [size, stepSeconds.median])
  const upper = pairs.slice(Math.floor((pairs.length - 1) / 2))
  return { backend, dimension: name, network, points, fit: fitPower(pairs), upperFit: fitPower(upper) }
}

/** The growth of memory with the rows of the data set, which is in memory `copies` times. */
export function memoryOf(
  backend: string,
  points: readonly { readonly rows: number; readonly peakBytes: number }[],
  rowBytes: number,
) {
  const fit = fitLine(points.map(({ rows, peakBytes }) => [rows, peakBytes]))
  return { backend, points, fit, rowBytes, copies: fit.slope / rowBytes }
}

/** The parts of documents. */
export type SubjectBench = ReturnType<typeof subjectBench>
export type EpochBench = ReturnType<typeof epochBench>
export type MeanRatio = ReturnType<typeof meanRatios>[number]
export type StartUpBench = ReturnType<typeof startUpBench>
export type GrowthBench = ReturnType<typeof growthOf>
export type MemoryBench = ReturnType<typeof memoryOf>

/** One arm of one preset. */
export interface PresetBench extends WorkloadDescription {
  readonly subjects: readonly SubjectBench[]
  readonly ratios: ReturnType<typeof ratiosOf>
  readonly around: readonly EpochBench[]
}

/** Several trainings: of each seed one on every backend, each of so many steps. */
export interface ConcurrentBench extends ReturnType<typeof concurrentBench> {
  readonly preset: string
  readonly arm: string
  readonly backends: readonly string[]
  readonly seeds: number
  readonly steps: number
  readonly jobs: number
}

/** The document of `isograd bench`. */
export interface BenchDocument extends BenchHead {
  readonly schema: typeof BENCH_SCHEMA
  readonly presets: readonly PresetBench[]
  readonly means: readonly MeanRatio[]
  readonly startUp: StartUpBench
  readonly together: readonly ConcurrentBench[]
}

/** The document of `isograd bench --growth`. */
export interface GrowthDocument extends BenchHead {
  readonly schema: typeof GROWTH_SCHEMA
  readonly growth: readonly GrowthBench[]
  readonly memory: readonly MemoryBench[]
}
