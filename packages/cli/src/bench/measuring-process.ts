/**
 * Measuring processes: the command started once more for each job, so that each has the memory, the warm-up and the
 * event loop to itself. All runtimes are loaded there, none in the process that the user started.
 */
import { spawn } from 'node:child_process'
import { BackendError, InputError } from '@isograd/core'
import { exitStatus } from '../errors/exit-status.js'
import { deliberateStatus, messageOf } from '../errors/failure.js'
import { LIFE_SECONDS } from '../backends/remote-backend.js'
import { shortSeconds } from '../backends/remote-messages.js'
import { watchForNothing } from '../backends/remote-port.js'
import { type CallNotice, calls } from './jobs/calls.js'
import type { Jobs } from './jobs/index.js'

/** Does a job in a process of its own; rejects with the error that the job failed with. */
export type Measure = <K extends keyof Jobs>(kind: K, input: Parameters<Jobs[K]>[0]) => ReturnType<Jobs[K]>

/** A job as it is sent: plain data. */
interface Message {
  readonly kind: keyof Jobs
  readonly input: unknown
}

/** The answer. */
type Reply =
  | { readonly ok: true; readonly result: unknown }
  | { readonly ok: false; readonly status: number; readonly message: string }

/** Set in the environment of a measuring process. */
const MARK = 'ISOGRAD_BENCH_JOB'

/** The error of the other process again: its class says the status, and its message begins with who complains. */
function errorOf(status: number, message: string): Error {
  const [, source = 'isograd', text = message] = /^\[([^\]]*)\] (.*)$/s.exec(message) ?? []
  return status === exitStatus.input ? new InputError(source, text) : new BackendError(source, text)
}

function resultOf(reply: Reply | undefined, end: string): unknown {
  if (reply === undefined) throw new BackendError('isograd', `the measuring process gave no result: ${end}`)
  if (!reply.ok) throw errorOf(reply.status, reply.message)
  return reply.result
}

/** Limits of a job's calls: `late` is called with one that took too long. */
class CallLimits {
  readonly #timers = new Map<number, NodeJS.Timeout>()
  readonly #seconds: number | undefined
  readonly #late: (error: BackendError) => void

  constructor(seconds: number | undefined, late: (error: BackendError) => void) {
    this.#seconds = seconds
    this.#late = late
  }

  heed(notice: CallNotice): void {
    if ('over' in notice) {
      clearTimeout(this.#timers.get(notice.over))
      this.#timers.delete(notice.over)
      return
    }
    const { call, backend, what, isLife } = notice
    const seconds = this.#seconds ?? (isLife ? LIFE_SECONDS : undefined)
    if (seconds === undefined) return
    const error = new BackendError(backend, `${what} did not answer within ${shortSeconds(seconds)} s`)
    this.#timers.set(
      call,
      setTimeout(() => this.#late(error), seconds * 1000),
    )
  }

  close(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer)
  }
}

async function runInProcess(
  message: Message,
  signal: AbortSignal,
  errorText: (text: string) => void,
  timeoutSeconds: number | undefined,
): Promise<unknown> {
  signal.throwIfAborted()
  const child = spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1, 2), 'bench'], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: { ...process.env, [MARK]: '1' },
    signal,
    killSignal: 'SIGKILL',
  })
  let [reply, late]: [Reply?, BackendError?] = []
  const limits = new CallLimits(timeoutSeconds, (error) => {
    late = error
    child.kill('SIGKILL')
  })
  child.stderr?.setEncoding('utf8').on('data', errorText)
  child.on('message', (received: Reply | CallNotice) => {
    if ('ok' in received) reply = received
    else limits.heed(received)
  })
  child.send(message)
  const end = await new Promise<string>((resolve, reject) => {
    child.on('error', (error) => reject(signal.aborted ? (signal.reason as Error) : error))
    child.on('close', (code, ended) =>
      resolve(ended === null ? `it ended with status ${code}` : `it was ended by ${ended}`),
    )
  })
  limits.close()
  if (late !== undefined) throw late
  return resultOf(reply, end)
}

/** Measures in processes of their own, which an abort ends at once. */
export function measureInProcesses(
  signal: AbortSignal,
  errorText: (text: string) => void,
  timeoutSeconds?: number,
): Measure {
  return ((kind, input) => runInProcess({ kind, input }, signal, errorText, timeoutSeconds)) as Measure
}

/** True when this process is to do a job. */
export function isMeasuring(): boolean {
  return process.env[MARK] === '1' && process.send !== undefined
}

async function replyTo({ kind, input }: Message): Promise<Reply> {
  try {
    const { jobs } = await import('./jobs/index.js')
    const job = jobs[kind] as (input: unknown) => Promise<unknown>
    return { ok: true, result: await job(input) }
  } catch (error) {
    return { ok: false, status: deliberateStatus(error) ?? exitStatus.bug, message: messageOf(error) }
  }
}

/** Tells of a backend that waits for nothing, with which this process would end without a word. */
function tellOfStuck(): void {
  const { backend = 'isograd', what = 'it' } = calls.last ?? {}
  const message = `[${backend}] ${what} did not answer, and nothing is left that it could wait for`
  const status = exitStatus.backend
  process.send?.({ ok: false, status, message } satisfies Reply, () => process.exit(status))
}

/** Does the job that the bench sends, and sends the result back. */
export async function serveJob(): Promise<void> {
  const message = await new Promise<Message>((resolve) => {
    process.once('message', resolve)
    // The process that asked has ended: nobody waits for the result.
    process.once('disconnect', () => process.exit(exitStatus.interrupted))
  })
  process.channel?.unref()
  watchForNothing(() => calls.last?.call, tellOfStuck)
  const reply = await replyTo(message)
  await new Promise((resolve) => process.send?.(reply, resolve))
}
