/**
 * The peers in Python: finds an interpreter that has the package, and runs the peer's script with it. Nothing is
 * installed; where there is none, the bench says so and goes on without.
 */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { BackendError, InputError } from '@isograd/core'
import { messageOf } from '../errors/failure.js'
import type { Effort } from './document.js'
import type { TrainTiming } from './jobs/stopwatch.js'
import { peerOptimizer, requirePeerLoss } from './peers.js'
import { type StoredData, storedDescription } from './stored-data.js'
import { planOn, type PlanSource, samplesOf, torchModel, type Workload } from './workload.js'

/** A peer in Python. */
export interface PythonPeer {
  readonly name: string
  /** The package that an interpreter must import, and whose version is told. */
  readonly module: string
  /** Beside the others in `peers`. */
  readonly script: string
  readonly install: string
  /** True when `script --words` lists the names that a network's program may call. */
  readonly hasWords: boolean
}

/** The peers in Python by their names on the command line. */
export const pythonPeers = {
  torch: {
    name: 'PyTorch',
    module: 'torch',
    script: 'torch_peer.py',
    install: 'on Debian: apt-get install python3-torch libopenblas0',
    hasWords: false,
  },
  jax: { name: 'JAX', module: 'jax', script: 'jax_peer.py', install: 'pip install jax', hasWords: true },
} as const satisfies Readonly<Record<string, PythonPeer>>

/** Those names, in the order of tables. */
export const pythonPeerNames = ['torch', 'jax'] as const satisfies readonly (keyof typeof pythonPeers)[]

/** An interpreter with a peer's package, or why there is none. */
export type PythonResult =
  | {
      readonly ok: true
      readonly python: string
      readonly version: string
      /** Absent: a network's program may call everything. */
      readonly words?: readonly string[]
    }
  | { readonly ok: false; readonly reason: string }

/** The training that a script reads as JSON. */
export interface PythonJob {
  /** The network as `isograd export` writes it for PyTorch. */
  readonly program: string
  readonly optimizer: string
  readonly arm: Pick<Workload['arm'], 'precision' | 'batchSize' | 'lastBatch' | 'seed'>
  readonly directory: string
  /** With the files of elements instead of elements. */
  readonly samples: ReturnType<typeof samplesOf>
  readonly effort: Effort
  readonly threads: number
}

const executables = process.platform === 'win32' ? ['python3.exe', 'python.exe'] : ['python3']

/** The scripts lie beside the sources and beside what is built from them. */
function scriptPath({ script }: PythonPeer): string {
  const places = [`../peers/${script}`, `../../peers/${script}`]
  const path = places.map((place) => fileURLToPath(new URL(place, import.meta.url))).find((place) => existsSync(place))
  if (path === undefined) throw new Error(`internal: peers/${script} is missing from the package`)
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
  // Compiled scripts would lie in the package.
  const all = { ...process.env, PYTHONDONTWRITEBYTECODE: '1', ...env }
  const child = spawn(python, args, { env: all, signal, killSignal: 'SIGKILL' })
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

async function tryInterpreter(peer: PythonPeer, python: string, signal: AbortSignal): Promise<PythonResult> {
  const { module } = peer
  const ask = (...args: string[]): Promise<Ended> => run(python, args, { signal })
  try {
    const { status, printed, complaint } = await ask('-c', `import ${module}; print(${module}.__version__)`)
    if (status !== 0 || printed === '') return { ok: false, reason: complaint }
    const found = { ok: true, python, version: printed } as const
    if (!peer.hasWords) return found
    return { ...found, words: JSON.parse((await ask(scriptPath(peer), '--words')).printed) as readonly string[] }
  } catch (error) {
    signal.throwIfAborted()
    return { ok: false, reason: messageOf(error) }
  }
}

/** The first interpreter on the search path that can import a peer's package. */
export async function findPython(peer: PythonPeer, path: string, signal: AbortSignal): Promise<PythonResult> {
  let reason = 'there is no python3 on the search path'
  for (const python of interpreters(path)) {
    // oxlint-disable-next-line no-await-in-loop -- the first that will do
    const result = await tryInterpreter(peer, python, signal)
    if (result.ok) return result
    reason = `python3 cannot import ${peer.module}: ${result.reason}`
  }
  return { ok: false, reason: `${reason} (${peer.install})` }
}

/** @throws InputError where a program calls what a peer has no word for. */
export function requireWords({ name }: PythonPeer, program: string, words: readonly string[] | undefined): void {
  const called = [...program.matchAll(/(?<!self)\.([A-Za-z]\w*)\(/g)].map(([, word = '']) => word)
  const missing = called.find((word) => words?.includes(word) === false)
  if (missing !== undefined) throw new InputError(name, `no counterpart of ${missing}`)
}

/** A workload as the scripts take it. @throws InputError when PyTorch has no counterpart. */
export function pythonJob(
  workload: Workload,
  source: PlanSource,
  { stored, effort, threads }: { stored: StoredData; effort: Effort; threads: number },
): PythonJob {
  const { precision, batchSize, lastBatch, seed } = workload.arm
  const plan = planOn(workload, source)
  requirePeerLoss(plan)
  return {
    program: torchModel(plan),
    optimizer: peerOptimizer(workload.arm).torch,
    arm: { precision, batchSize, lastBatch, seed },
    directory: stored.directory,
    samples: samplesOf(plan, storedDescription(stored).splits.train),
    effort,
    threads,
  }
}

/** Trains with a peer. @throws BackendError with the last line of what the script has said. */
export async function measurePython(
  peer: PythonPeer,
  python: string,
  job: PythonJob,
  signal: AbortSignal,
): Promise<TrainTiming> {
  const threads = String(job.threads)
  const input = JSON.stringify({ ...job, startedAt: Date.now() / 1000 })
  const env = { OMP_NUM_THREADS: threads, OPENBLAS_NUM_THREADS: threads }
  const { status, printed, complaint } = await run(python, [scriptPath(peer)], { input, env, signal })
  if (status === 0) return JSON.parse(printed) as TrainTiming
  throw new BackendError(peer.name, `it ended with status ${String(status)}: ${complaint}`)
}
