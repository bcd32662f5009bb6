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
import type { DataPlace, Effort, TrainResult } from './job.js'
import type { PeerNetwork } from './peer-network.js'

/** An interpreter with PyTorch, or why there is none. */
export type TorchResult =
  | { readonly ok: true; readonly python: string; readonly version: string }
  | { readonly ok: false; readonly reason: string }

/** What PyTorch is to train. */
export interface TorchJob {
  readonly network: PeerNetwork
  readonly data: DataPlace
  readonly effort: Effort
  readonly threads: number
}

interface Output {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
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

function run(
  python: string,
  args: readonly string[],
  { input = '', env = {}, signal }: { input?: string; env?: Record<string, string>; signal: AbortSignal },
): Promise<Output> {
  const child = spawn(python, args, { env: { ...process.env, ...env }, signal, killSignal: 'SIGKILL' })
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  // An interpreter that ends early has said why on its standard error.
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  return new Promise((resolve, reject) => {
    child.on('error', (error) => reject(signal.aborted ? (signal.reason as Error) : error))
    child.on('close', (status) => resolve({ status, stdout, stderr }))
  })
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? ''
}

/** Every `python3` of a search path, in its order. */
export function interpreters(path: string): string[] {
  const candidates = path
    .split(delimiter)
    .filter((directory) => directory !== '')
    .flatMap((directory) => executables.map((name) => join(directory, name)))
  return [...new Set(candidates)].filter((candidate) => existsSync(candidate))
}

async function tryInterpreter(python: string, signal: AbortSignal): Promise<TorchResult> {
  try {
    const { status, stdout, stderr } = await run(python, ['-c', 'import torch; print(torch.__version__)'], { signal })
    const version = lastLine(stdout)
    if (status === 0 && version !== '') return { ok: true, python, version }
    return { ok: false, reason: lastLine(stderr) }
  } catch (error) {
    signal.throwIfAborted()
    return { ok: false, reason: messageOf(error) }
  }
}

/** The first interpreter on the search path that can import torch. */
export async function findTorch(path: string, signal: AbortSignal): Promise<TorchResult> {
  const found = interpreters(path)
  let reason = ''
  for (const python of found) {
    // oxlint-disable-next-line no-await-in-loop -- the first that will do
    const result = await tryInterpreter(python, signal)
    if (result.ok) return result
    reason = result.reason
  }
  if (found.length === 0) return { ok: false, reason: `there is no python3 on the search path (${INSTALL})` }
  return { ok: false, reason: `python3 cannot import torch: ${reason} (${INSTALL})` }
}

/** What the script printed; memory that the system does not tell of is NaN. */
function resultOf(line: string): TrainResult {
  const { peakBytes, ...rest } = JSON.parse(line) as Omit<TrainResult, 'peakBytes'> & {
    readonly peakBytes: number | null
  }
  return { ...rest, peakBytes: peakBytes ?? Number.NaN }
}

/** Trains with PyTorch. @throws BackendError with the last line of what the script has said. */
export async function measureTorch(
  python: string,
  { network, data, effort, threads }: TorchJob,
  signal: AbortSignal,
): Promise<TrainResult> {
  const input = JSON.stringify({ network, directory: data.directory, effort, threads, startedAt: Date.now() })
  const env = { OMP_NUM_THREADS: String(threads), OPENBLAS_NUM_THREADS: String(threads) }
  const { status, stdout, stderr } = await run(python, [scriptPath()], { input, env, signal })
  if (status === 0) return resultOf(lastLine(stdout))
  throw new BackendError('PyTorch', `it ended with status ${status}: ${lastLine(stderr)}`)
}
