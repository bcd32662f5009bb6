/** Measures workloads on backends, floors and peers, and puts the document together. */
import { InputError } from '@isograd/core'
import { benchConcurrent } from './concurrent.js'
import { type AskedBackend, type BenchContext, type BenchStart, headOf, measureRounds, withContext } from './context.js'
import {
  BENCH_SCHEMA,
  type BenchDocument,
  meanRatios,
  type PresetBench,
  ratiosOf,
  subjectBench,
  type SubjectNames,
  type SubjectTiming,
} from './document.js'
import { measureEpochs } from './epochs.js'
import type { Entrant } from './interleave.js'
import { requireProducts } from './jobs/floor-program.js'
import { peerOptimizer, requirePeerLoss } from './peers.js'
import {
  findPython,
  measurePython,
  pythonJob,
  type PythonPeer,
  pythonPeerNames,
  pythonPeers,
  requireWords,
} from './python.js'
import { benchStartUp } from './start-up.js'
import { describeWorkload, planOn, tfjsModel, trainingProgram, type Workload } from './workload.js'

type Subject = SubjectNames & Entrant<SubjectTiming>

/** A peer or a floor: makes its subject for a workload. @throws InputError when it has no counterpart of the workload. */
interface Peer {
  readonly name: string
  readonly subject: (workload: Workload) => Subject
}

/** TensorFlow.js by itself. @param nodeThreads on tfjs-node with so many threads; on wasm unless given. */
function tfjsPeer(context: BenchContext, nodeThreads?: number): Peer {
  const { stored, effort, measure } = context
  const isNode = nodeThreads !== undefined
  const name = isNode ? 'plain tfjs-node' : 'TensorFlow.js'
  const subject = (workload: Workload): Subject => {
    const { precision } = workload.arm
    if (precision !== 'float32') throw new InputError(name, `it does not compute in ${precision}`)
    const plan = planOn(workload, context)
    peerOptimizer(workload.arm)
    requirePeerLoss(plan)
    tfjsModel(plan)
    const job = { workload, stored, effort, ...(isNode && { nodeThreads }) }
    return { name, kind: 'tfjs', threads: isNode ? nodeThreads : 1, measure: () => measure('tfjs', job) }
  }
  return { name, subject }
}

async function pythonPeer(context: BenchContext, peer: PythonPeer & Pick<SubjectNames, 'kind'>): Promise<Peer[]> {
  const { settings, stored, effort, signal, skipped, versions, stage } = context
  const { name, kind, module } = peer
  const threads = settings.threads ?? 1
  stage(`looking for ${name}`)
  const found = await findPython(peer, process.env['PATH'] ?? '', signal)
  if (!found.ok) {
    skipped.push({ subject: name, reason: found.reason })
    return []
  }
  versions[module] = found.version
  const subject = (workload: Workload): Subject => {
    const job = pythonJob(workload, context, { stored, effort, threads })
    requireWords(peer, job.program, found.words)
    return { name, kind, threads, measure: () => measurePython(peer, found.python, job, signal) }
  }
  return [{ name, subject }]
}

async function findPeers(context: BenchContext): Promise<Peer[]> {
  const { peers } = context.settings
  const found = peers.includes('tfjs') ? [tfjsPeer(context)] : []
  // Where the backend cannot be had, neither can it.
  const node = context.backends.find(({ name }) => name === 'tfjs-node')
  if (peers.includes('tfjs-node') && node !== undefined) found.push(tfjsPeer(context, node.info.threads))
  for (const kind of pythonPeerNames.filter((name) => peers.includes(name))) {
    // oxlint-disable-next-line no-await-in-loop -- in the order of the table
    found.push(...(await pythonPeer(context, { ...pythonPeers[kind], kind })))
  }
  return found
}

/** A backend, and its floor where a step has one. */
function backendSubjects(context: BenchContext, { asked, name, info }: AskedBackend, workload: Workload): Subject[] {
  const { settings, stored, effort, measure } = context
  const { threads } = info
  const job = { backend: asked, threads: settings.threads, workload, stored, effort }
  const backend: Subject = { name, kind: 'backend', threads, measure: () => measure('train', job) }
  if (!settings.peers.includes('floor')) return [backend]
  const floorName = `${name} floor`
  const floor = (): Subject => {
    requireProducts(trainingProgram(workload, context).program)
    return { name: floorName, kind: 'floor', threads, measure: () => measure('floor', job) }
  }
  return [backend, ...peerSubjects(context, { name: floorName, subject: floor }, workload)]
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

async function benchWorkload(context: BenchContext, peers: readonly Peer[], workload: Workload): Promise<PresetBench> {
  const description = describeWorkload(workload, context)
  const entrants = [
    ...context.backends.flatMap((backend) => backendSubjects(context, backend, workload)),
    ...peers.flatMap((peer) => peerSubjects(context, peer, workload)),
  ]
  const measured = await measureRounds(context, workload.preset, entrants)
  const subjects = measured.map(({ entrant, results }) => subjectBench(entrant, results, description))
  const around = await measureEpochs(context, workload, subjects)
  return { ...description, subjects, ratios: ratiosOf(subjects), around }
}

/** Runs the bench. @throws InputError, BackendError as `withContext`. */
export async function runBench(start: BenchStart): Promise<BenchDocument> {
  return withContext(start, async (context) => {
    const { workloads } = context
    for (const workload of workloads) planOn(workload, context)
    const peers = await findPeers(context)
    const startUp = await benchStartUp(context)
    const presets: PresetBench[] = []
    // oxlint-disable-next-line no-await-in-loop -- side by side they would slow each other down
    for (const workload of workloads) presets.push(await benchWorkload(context, peers, workload))
    const together = await benchConcurrent(context, workloads, presets)
    return { schema: BENCH_SCHEMA, ...headOf(context), presets, means: meanRatios(presets), startUp, together }
  })
}
