/**
 * Measuring processes: the command started once more for each job, so that each has the memory, the warm-up and the
 * event loop to itself. All runtimes are loaded there, none in the process that the user started.
 */
import { spawn } from 'node:child_process'
import { BackendError, InputError } from '@isograd/core'
import { exitStatus } from '../errors/exit-status.js'
import { deliberateStatus, messageOf } from '../errors/failure.js'
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

async function runInProcess(
  message: Message,
  signal: AbortSignal,
  errorText: (text: string) => void,
): Promise<unknown> {
  signal.throwIfAborted()
  const child = spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1, 2), 'bench'], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: { ...process.env, [MARK]: '1' },
    signal,
    killSignal: 'SIGKILL',
  })
  let reply: Reply | undefined
  child.stderr?.setEncoding('utf8').on('data', errorText)
  child.on('message', (received: Reply) => (reply = received))
  child.send(message)
  const end = await new Promise<string>((resolve, reject) => {
    child.on('error', (error) => reject(signal.aborted ? (signal.reason as Error) : error))
    child.on('close', (code, ended) =>
      resolve(ended === null ? `it ended with status ${code}` : `it was ended by ${ended}`),
    )
  })
  return resultOf(reply, end)
}

/** Measures in processes of their own, which an abort ends at once. */
export function measureInProcesses(signal: AbortSignal, errorText: (text: string) => void): Measure {
  return ((kind, input) => runInProcess({ kind, input }, signal, errorText)) as Measure
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

/** Does the job that the bench sends, and sends the result back. */
export async function serveJob(): Promise<void> {
  const message = await new Promise<Message>((resolve) => {
    process.once('message', resolve)
    // The process that asked has ended: nobody waits for the result.
    process.once('disconnect', () => process.exit(exitStatus.interrupted))
  })
  const reply = await replyTo(message)
  await new Promise((resolve) => process.send?.(reply, resolve))
}
