/** Measures workloads on backends, floors and peers, and puts the document together. */
import { type Dataset, InputError } from '@isograd/core'
import { benchConcurrent } from './concurrent.js'
import { type AskedBackend, type BenchContext, type BenchStart, headOf, measureRounds, withContext } from './context.js'
import {
  BENCH_SCHEMA,
  type BenchDocument,
  type FloorParts,
  type MeanRatio,
  type PresetBench,
  type Ratio,
  type SubjectBench,
  type WorkloadDescription,
} from './document.js'
import { measureEpochs } from './epochs.js'
import type { Entrant } from './interleave.js'
import type { FloorTiming } from './jobs/floor.js'
import type { StepTiming, TrainTiming } from './jobs/stopwatch.js'
import { peerOptimizer } from './peers.js'
import { benchStartUp } from './start-up.js'
import { geometricMean, ratios, scaled, summarise } from './statistics.js'
import { findTorch, measureTorch, torchJob } from './torch.js'
import { checkWorkload, describeWorkload, presetWorkloads, tfjsModel, type Workload } from './workload.js'

/** The timing of a subject that trains, or of a floor. */
export type SubjectTiming = StepTiming & Partial<TrainTiming> & Partial<FloorTiming>

/** Something to be measured on a workload. */
interface Subject extends Entrant<SubjectTiming>, Pick<SubjectBench, 'kind' | 'threads'> {}

/** A peer: makes its subject for a workload. @throws InputError when it has no counterpart of the workload. */
interface Peer {
  readonly name: string
  readonly subject: (workload: Workload) => Subject
}

function tfjsPeer({ dataset, stored, effort, measure }: BenchContext): Peer {
  const name = 'TensorFlow.js'
  const check = ({ arm, ...names }: Workload, data: Dataset): void => {
    peerOptimizer(arm)
    tfjsModel({ arm, ...names }, data)
    if (arm.precision !== 'float32') throw new InputError(name, `it does not compute in ${arm.precision}`)
  }
  const subject = (workload: Workload): Subject => {
    check(workload, dataset)
    return { name, kind: 'tfjs', threads: 1, measure: () => measure('tfjs', { workload, stored, effort }) }
  }
  return { name, subject }
}

async function torchPeer(context: BenchContext): Promise<Peer[]> {
  const { settings, dataset, stored, effort, signal, skipped, versions, stage } = context
  const [name, threads] = ['PyTorch', settings.threads ?? 1]
  stage('looking for PyTorch')
  const torch = await findTorch(process.env['PATH'] ?? '', signal)
  if (!torch.ok) {
    skipped.push({ subject: name, reason: torch.reason })
    return []
  }
  versions['torch'] = torch.version
  const subject = (workload: Workload): Subject => {
    const job = torchJob(workload, dataset, { stored, effort, threads })
    return { name, kind: 'torch', threads, measure: () => measureTorch(torch.python, job, signal) }
  }
  return [{ name, subject }]
}

async function findPeers(context: BenchContext): Promise<Peer[]> {
  const { peers } = context.settings
  return [
    ...(peers.includes('tfjs') ? [tfjsPeer(context)] : []),
    ...(peers.includes('torch') ? await torchPeer(context) : []),
  ]
}

/** A backend, and its floor. */
function backendSubjects(context: BenchContext, { asked, name, info }: AskedBackend, workload: Workload): Subject[] {
  const { settings, stored, effort, measure } = context
  const { threads } = info
  const job = { backend: asked, threads: settings.threads, workload, stored, effort }
  const backend: Subject = { name, kind: 'backend', threads, measure: () => measure('train', job) }
  if (!settings.peers.includes('floor')) return [backend]
  return [backend, { name: `${name} floor`, kind: 'floor', threads, measure: () => measure('floor', job) }]
}

/** The subject of a peer, or a note that it is skipped. */
function peerSubjects({ skipped }: BenchContext, { name, subject }: Peer, workload: Workload): Subject[] {
  try {
    return [subject(workload)]
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    skipped.push({ subject: name, preset: workload.preset, reason: error.message })
    return []
  }
}

function floorParts(timings: readonly SubjectTiming[]): FloorParts | undefined {
  const floors = timings.flatMap(({ floor }) => floor ?? [])
  const [first] = floors
  if (first === undefined) return undefined
  const productSeconds = summarise(floors.map((floor) => floor.productSeconds)).median
  return {
    productSeconds,
    copySeconds: summarise(floors.map(({ copySeconds }) => copySeconds)).median,
    stateBytes: first.stateBytes,
    operationsPerSecond: first.operations / productSeconds,
  }
}

/** The figures of a subject from its timings; none of none. */
export function summariseSubject(
  { name, kind, threads }: Pick<SubjectBench, 'name' | 'kind' | 'threads'>,
  timings: readonly SubjectTiming[],
  { batch, stepsPerEpoch }: Pick<WorkloadDescription, 'batch' | 'stepsPerEpoch'>,
): SubjectBench[] {
  if (timings.length === 0) return []
  const stepSeconds = summarise(timings.map((timing) => timing.stepSeconds))
  const firstSteps = timings.flatMap(({ firstStepSeconds }) => firstStepSeconds ?? [])
  const peaks = timings.flatMap(({ peakBytes }) => peakBytes ?? [])
  const floor = floorParts(timings)
  const subject = {
    name,
    kind,
    threads,
    stepSeconds,
    epochSeconds: scaled(stepSeconds, stepsPerEpoch),
    samplesPerSecond: batch / stepSeconds.median,
    ...(firstSteps.length > 0 && { firstStepSeconds: summarise(firstSteps) }),
    ...(peaks.length > 0 && { peakBytes: summarise(peaks) }),
    ...(floor !== undefined && { floor }),
  }
  return [subject]
}

/** Whether a backend is compared with a subject: with its own floor and with every peer, not with another's floor. */
function isCompared(backend: SubjectBench, other: SubjectBench): boolean {
  return other.kind === 'floor' ? other.name.startsWith(`${backend.name} `) : other.kind !== 'backend'
}

/** Every backend to its peers and its floor: the step of the one over the step of the other, round by round. */
export function ratiosOf(subjects: readonly SubjectBench[]): Ratio[] {
  const backends = subjects.filter(({ kind }) => kind === 'backend')
  return backends.flatMap((backend) =>
    subjects
      .filter((other) => isCompared(backend, other))
      .map(({ name, stepSeconds }) => ({
        subject: backend.name,
        to: name,
        ratio: ratios(backend.stepSeconds.values, stepSeconds.values),
      })),
  )
}

/** Geometric means over the presets, in the order in which the pairs first appear. */
export function meanRatios(presets: readonly Pick<PresetBench, 'ratios'>[]): MeanRatio[] {
  const all = presets.flatMap((preset) => preset.ratios)
  const pairs = new Map(all.map(({ subject, to }) => [`${subject}\n${to}`, { subject, to }]))
  return [...pairs.values()].map(({ subject, to }) => {
    const values = all.filter((one) => one.subject === subject && one.to === to).map(({ ratio }) => ratio.median)
    return { subject, to, ratio: geometricMean(values), presets: values.length }
  })
}

async function benchWorkload(context: BenchContext, peers: readonly Peer[], workload: Workload): Promise<PresetBench> {
  const description = describeWorkload(workload, context.dataset)
  const entrants = [
    ...context.backends.flatMap((backend) => backendSubjects(context, backend, workload)),
    ...peers.flatMap((peer) => peerSubjects(context, peer, workload)),
  ]
  const results = await measureRounds(context, workload.preset, entrants)
  const subjects = entrants.flatMap((entrant, i) => summariseSubject(entrant, results[i] ?? [], description))
  const around: PresetBench['around'][number][] = []
  for (const backend of context.backends) {
    const measured = subjects.find(({ name }) => name === backend.name)
    if (measured === undefined) continue
    // oxlint-disable-next-line no-await-in-loop -- side by side they would slow each other down
    around.push(...(await measureEpochs(context, backend, workload, measured.stepSeconds.median)))
  }
  return { ...description, subjects, ratios: ratiosOf(subjects), around }
}

/** Runs the bench. @throws InputError, BackendError as `withContext`. */
export async function runBench(start: BenchStart): Promise<BenchDocument> {
  const workloads = presetWorkloads(start.settings.presets)
  return withContext(start, async (context) => {
    for (const workload of workloads) checkWorkload(workload, context.dataset)
    const peers = await findPeers(context)
    const startUp = await benchStartUp(context)
    const presets: PresetBench[] = []
    // oxlint-disable-next-line no-await-in-loop -- side by side they would slow each other down
    for (const workload of workloads) presets.push(await benchWorkload(context, peers, workload))
    const together = await benchConcurrent(context, workloads, presets)
    return { schema: BENCH_SCHEMA, ...headOf(context), presets, means: meanRatios(presets), startUp, together }
  })
}
