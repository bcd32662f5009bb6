/** Who is measured on an arm: backends, their floors, and peers; and what the measurements of each come to. */
import type { DataResult, Effort, FloorResult, TrainResult } from './job.js'
import type { FloorParts, MeasuredBackend, Skipped, SubjectBench, SubjectKind } from './document.js'
import type { Measure } from './measure.js'
import type { BenchedArm } from './networks.js'
import type { PeerResult } from './peer-network.js'
import type { Entrant, Entry } from './rounds.js'
import type { DataPlace } from './job.js'
import { scaled, summarise } from './statistics.js'
import { measureTorch, type TorchResult } from './torch.js'

/** One measurement of a subject. */
export type Sample =
  | { readonly kind: 'train'; readonly result: TrainResult }
  | { readonly kind: 'floor'; readonly result: FloorResult }

/** Somebody to be measured. */
export interface Subject extends Entrant<Sample> {
  readonly kind: SubjectKind
  readonly threads: number
}

/** What subjects are made for. */
export interface SubjectContext {
  readonly benched: BenchedArm
  readonly place: DataPlace
  readonly data: DataResult
  readonly effort: Effort
  readonly threads: number | undefined
  readonly measure: Measure
  readonly signal: AbortSignal
}

/** The peers' names in tables. */
export const peerLabels = { tfjs: 'TensorFlow.js', torch: 'PyTorch' } as const

/** The floor of a backend in tables. */
export function floorLabel(backend: string): string {
  return `${backend} floor`
}

function trained(result: TrainResult): Sample {
  return { kind: 'train', result }
}

/** A backend on the arm. */
export function backendSubject({ name, info }: MeasuredBackend, asked: string, context: SubjectContext): Subject {
  const { benched, place: data, effort, threads, measure } = context
  const { armName, arm } = benched
  return {
    name,
    kind: 'backend',
    threads: info.threads,
    measure: async () => trained(await measure({ kind: 'train', backend: asked, threads, armName, arm, data, effort })),
  }
}

/** The floor under a backend. */
export function floorSubject({ name, info }: MeasuredBackend, asked: string, context: SubjectContext): Subject {
  const { benched, data, effort, threads, measure } = context
  const { sampleShape, classes } = data
  const job = { kind: 'floor', backend: asked, threads, arm: benched.arm, sampleShape, classes, effort } as const
  return {
    name: floorLabel(name),
    kind: 'floor',
    threads: info.threads,
    measure: async () => ({ kind: 'floor', result: await measure(job) }),
  }
}

/** Plain TensorFlow.js, or why not. */
export function tfjsSubject(
  peer: PeerResult,
  { benched, place: data, effort, measure }: SubjectContext,
): Subject | Skipped {
  const { preset, arm } = benched
  const subject = peerLabels.tfjs
  if (!peer.ok) return { subject, preset, reason: peer.reason }
  if (arm.precision !== 'float32') return { subject, preset, reason: `it does not compute in ${arm.precision}` }
  const { network } = peer
  const job = { kind: 'tfjs', network, data, effort } as const
  return { name: subject, kind: 'tfjs', threads: 1, measure: async () => trained(await measure(job)) }
}

/** PyTorch, or why not. */
export function torchSubject(
  torch: TorchResult & { readonly ok: true },
  peer: PeerResult,
  { benched, place: data, effort, threads = 1, signal }: SubjectContext,
): Subject | Skipped {
  const subject = peerLabels.torch
  if (!peer.ok) return { subject, preset: benched.preset, reason: peer.reason }
  const job = { network: peer.network, data, effort, threads }
  return {
    name: subject,
    kind: 'torch',
    threads,
    measure: async () => trained(await measureTorch(torch.python, job, signal)),
  }
}

/** Seconds of a step in a sample; of a floor, both its parts. */
export function stepSecondsOf({ kind, result }: Sample): number {
  return kind === 'train' ? result.stepSeconds : result.productSeconds + result.copySeconds
}

function floorParts(samples: readonly Sample[]): FloorParts | undefined {
  const floors = samples.flatMap(({ kind, result }) => (kind === 'floor' ? [result] : []))
  const [first] = floors
  if (first === undefined) return undefined
  const productSeconds = summarise(floors.map((floor) => floor.productSeconds)).median
  return {
    productSeconds,
    copySeconds: summarise(floors.map((floor) => floor.copySeconds)).median,
    stateBytes: first.stateBytes,
    operationsPerSecond: first.operations / productSeconds,
  }
}

/** What the measurements of a subject come to; undefined when there are none. */
export function summariseSubject(
  { name, kind, threads }: Pick<Subject, 'name' | 'kind' | 'threads'>,
  { results }: Pick<Entry<Sample>, 'results'>,
  { batch, stepsPerEpoch }: { readonly batch: number; readonly stepsPerEpoch: number },
): SubjectBench | undefined {
  if (results.length === 0) return undefined
  const stepSeconds = summarise(results.map(stepSecondsOf))
  const trainings = results.flatMap((sample) => (sample.kind === 'train' ? [sample.result] : []))
  const floor = floorParts(results)
  return {
    name,
    kind,
    threads,
    stepSeconds,
    epochSeconds: scaled(stepSeconds, stepsPerEpoch),
    samplesPerSecond: batch / stepSeconds.median,
    ...(trainings.length === 0
      ? {}
      : {
          firstStepSeconds: summarise(trainings.map(({ firstStepSeconds }) => firstStepSeconds)),
          peakBytes: summarise(trainings.map(({ peakBytes }) => peakBytes)),
        }),
    ...(floor === undefined ? {} : { floor }),
  }
}
