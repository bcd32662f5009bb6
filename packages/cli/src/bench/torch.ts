/**
 * The peer in Python: finds an interpreter that has PyTorch, and runs `peers/torch_peer.py` with it. Nothing is
 * installed; where there is none, the bench says so and goes on without.
 */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { BackendError } from '@isograd/core'
import { messageOf } from '../errors/failure.js'
import type { Effort } from './document.js'
import type { TrainTiming } from './jobs/stopwatch.js'
import { peerOptimizer, requirePeerLoss } from './peers.js'
import { type StoredData, storedDescription } from './stored-data.js'
import { planOn, type PlanSource, samplesOf, torchModules, type Workload } from './workload.js'

/** An interpreter with PyTorch, or why there is none. */
export type TorchResult =
  | { readonly ok: true; readonly python: string; readonly version: string }
  | { readonly ok: false; readonly reason: string }

/** The training that the script reads as JSON. */
export interface TorchJob {
  readonly modules: readonly string[]
  readonly optimizer: string
  readonly arm: Pick<Workload['arm'], 'precision' | 'batchSize' | 'lastBatch' | 'seed'>
  readonly directory: string
  /** With the files of elements instead of elements. */
  readonly samples: ReturnType<typeof samplesOf>
  readonly effort: Effort
  readonly threads: number
}

const INSTALL = 'on Debian: apt-get install python3-torch libopenblas0'

const executables = process.platform === 'win32' ? ['python3.exe', 'python.exe'] : ['python3']

/** The script lies beside the sources and beside what is built from them. */
function scriptPath(): string {
  const places = ['../peers/torch_peer.py', '../../peers/torch_peer.py']
  const path = places.map((place) => fileURLToPath(new URL(place, import.meta.url))).find((place) => existsSync(place))
  if (path === undefined) throw new Error('internal: peers/torch_peer.py is missing from the package')
  return path
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? ''
}

/** The end of an interpreter, with the last lines of its standard output and its standard error. */
interface Ended {
  readonly status: unknown
  readonly printed: string
  readonly complaint: string
}

async function run(
  python: string,
  args: readonly string[],
  { input = '', env = {}, signal }: { input?: string; env?: Record<string, string>; signal: AbortSignal },
): Promise<Ended> {
  const child = spawn(python, args, { env: { ...process.env, ...env }, signal, killSignal: 'SIGKILL' })
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  // An interpreter that ends early has said why on its standard error.
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  const status = await new Promise((resolve, reject) => {
    child.on('error', (error) => reject(signal.aborted ? (signal.reason as Error) : error))
    child.on('close', resolve)
  })
  return { status, printed: lastLine(stdout), complaint: lastLine(stderr) }
}

/** Every `python3` of a search path, in its order. */
export function interpreters(path: string): string[] {
  const directories = path.split(delimiter).filter((directory) => directory !== '')
  const candidates = directories.flatMap((directory) => executables.map((name) => join(directory, name)))
  return [...new Set(candidates)].filter((candidate) => existsSync(candidate))
}

async function tryInterpreter(python: string, signal: AbortSignal): Promise<TorchResult> {
  try {
    const args = ['-c', 'import torch; print(torch.__version__)']
    const { status, printed, complaint } = await run(python, args, { signal })
    return status === 0 && printed !== '' ? { ok: true, python, version: printed } : { ok: false, reason: complaint }
  } catch (error) {
    signal.throwIfAborted()
    return { ok: false, reason: messageOf(error) }
  }
}

/** The first interpreter on the search path that can import torch. */
export async function findTorch(path: string, signal: AbortSignal): Promise<TorchResult> {
  let reason = 'there is no python3 on the search path'
  for (const python of interpreters(path)) {
    // oxlint-disable-next-line no-await-in-loop -- the first that will do
    const result = await tryInterpreter(python, signal)
    if (result.ok) return result
    reason = `python3 cannot import torch: ${result.reason}`
  }
  return { ok: false, reason: `${reason} (${INSTALL})` }
}

/** A workload as the script takes it. @throws InputError when PyTorch has no counterpart. */
export function torchJob(
  workload: Workload,
  source: PlanSource,
  { stored, effort, threads }: { stored: StoredData; effort: Effort; threads: number },
): TorchJob {
  const { precision, batchSize, lastBatch, seed } = workload.arm
  const plan = planOn(workload, source)
  requirePeerLoss(plan)
  return {
    modules: torchModules(plan),
    optimizer: peerOptimizer(workload.arm).torch,
    arm: { precision, batchSize, lastBatch, seed },
    directory: stored.directory,
    samples: samplesOf(plan, storedDescription(stored).splits.train),
    effort,
    threads,
  }
}

/** Trains with PyTorch. @throws BackendError with the last line of what the script has said. */
export async function measureTorch(python: string, job: TorchJob, signal: AbortSignal): Promise<TrainTiming> {
  const threads = String(job.threads)
  const input = JSON.stringify({ ...job, startedAt: Date.now() / 1000 })
  const env = { OMP_NUM_THREADS: threads, OPENBLAS_NUM_THREADS: threads }
  const { status, printed, complaint } = await run(python, [scriptPath()], { input, env, signal })
  if (status === 0) return JSON.parse(printed) as TrainTiming
  throw new BackendError('PyTorch', `it ended with status ${String(status)}: ${complaint}`)
}
