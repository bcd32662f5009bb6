/**
 * The worker processes of a command: started, told to stop, and started again where one was ended. Whatever one of them held
 * is given free, and counted against the trial that it was at.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { BackendError, InputError } from '@isograd/core'
import { exitStatus } from '../errors/exit-status.js'
import type { Failure } from '../errors/failure.js'
import type { FedMessage } from './feed.js'
import type { WrittenSweep } from './sweep-file.js'
import type { Shard } from '../documents/sweep-document.js'

/** The order to a worker. */
export interface WorkerOrder {
  /** The directory that trials are taken from; undefined: the command gives them. */
  readonly directory: string | undefined
  readonly written: WrittenSweep
  readonly shard: Shard | undefined
  readonly use: readonly string[]
  readonly dataDir: string | undefined
  readonly threads: number
}

/** The last word of a worker: why it could not go on, where it could not. */
export interface WorkerReport {
  readonly failure?: Failure
}

/** A message of a worker. */
export type WorkerMessage = FedMessage | { readonly end: WorkerReport }

/** The end of a worker. */
interface WorkerEnd extends WorkerReport {
  readonly pid: number | undefined
  /** A signal or a status; undefined where it ended in order. */
  readonly how: string | undefined
  /** The last that it wrote to standard error. */
  readonly printed: string
}

/** The module of a worker, built. */
const workerModule = new URL('./sweep-worker.js', import.meta.url)

/** Milliseconds that workers have to stop. */
const PATIENCE = 700

const MOST_PRINTED = 2000

function endOf(child: ChildProcess, heard: WorkersListener['heard']): Promise<WorkerEnd> {
  let [printed, report]: [string, WorkerReport | undefined] = ['', undefined]
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    printed = `${printed}${text}`.slice(-MOST_PRINTED)
  })
  child.on('message', (message: WorkerMessage) => {
    if ('end' in message) report = message.end
    else heard?.(child, message)
  })
  return new Promise((resolve) => {
    const over = (how: string | undefined): void => resolve({ ...report, pid: child.pid, how, printed: printed.trim() })
    child.on('error', (error) => over(error.message))
    child.on('exit', (code, signal) => over(report === undefined ? (signal ?? `status ${code}`) : undefined))
  })
}

async function runOne(order: WorkerOrder, heard: WorkersListener['heard'], signal: AbortSignal): Promise<WorkerEnd> {
  // In a group of its own: Ctrl-C is for the command, which stops in order.
  const stdio = ['ignore', 'ignore', 'pipe', 'ipc'] as const
  // Numbers that JSON lacks come too.
  const child = fork(workerModule, { stdio: [...stdio], detached: true, serialization: 'advanced' })
  let patience: NodeJS.Timeout | undefined
  const stop = (): void => {
    if (child.connected) child.send('stop')
    patience = setTimeout(() => child.kill('SIGKILL'), PATIENCE)
  }
  child.send(order, () => {})
  if (signal.aborted) stop()
  signal.addEventListener('abort', stop, { once: true })
  const end = await endOf(child, heard)
  signal.removeEventListener('abort', stop)
  clearTimeout(patience)
  return end
}

/** Workers that end before they have taken a trial, one after the other, that are enough: some may be killed just then. */
const MOST_FALSE_STARTS = 10

/** @throws the failure of a worker, as an error of its class */
function rethrow({ status, text }: Failure): never {
  const message = text.replace(/^error: (\[\w+\] )?/, '')
  throw status === exitStatus.input ? new InputError('isograd', message) : new BackendError('isograd', message)
}

/** Calls of `runWorkers`. */
export interface WorkersListener {
  /** A worker was ended, by itself or from outside; `how` is undefined where the command did it. Returns true where it had taken a trial. */
  readonly ended: (pid: number | undefined, how: string | undefined) => boolean
  /** Told what workers say whom the command gives trials. */
  readonly heard?: (child: ChildProcess, message: FedMessage) => void
}

/**
 * Keeps workers at work until no trial is left. @throws InputError, BackendError where they cannot go on; none is left
 * running then, or when the signal fires.
 */
export async function runWorkers(
  order: WorkerOrder,
  count: number,
  { ended, heard }: WorkersListener,
  signal: AbortSignal,
): Promise<void> {
  const failing = new AbortController()
  const either = AbortSignal.any([signal, failing.signal])
  let falseStarts = 0
  const keepOne = async (): Promise<void> => {
    while (!either.aborted) {
      // oxlint-disable-next-line no-await-in-loop -- one takes the place of the other
      const { pid, how, failure, printed } = await runOne(order, heard, either)
      if (failure !== undefined) rethrow(failure)
      if (how === undefined) return
      if (either.aborted) return void ended(pid, undefined)
      falseStarts = ended(pid, how) ? 0 : falseStarts + 1
      if (falseStarts < MOST_FALSE_STARTS) continue
      const last = printed === '' ? '' : `\n  ${printed.split('\n').join('\n  ')}`
      throw new BackendError('isograd', `workers end before they train anything: ${how}${last}`)
    }
  }
  const keep = (): Promise<void> =>
    keepOne().catch((error: unknown) => {
      failing.abort()
      throw error
    })
  const ends = await Promise.allSettled(Array.from({ length: count }, keep))
  const failed = ends.find((end) => end.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}
