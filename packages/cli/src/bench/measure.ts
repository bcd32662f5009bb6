/** Starts a measuring process for each job and hands over its result. */
import { spawn } from 'node:child_process'
import { BackendError, InputError } from '@isograd/core'
import { exitStatus } from '../errors/exit-status.js'
import type { Job, JobReply, ResultOf } from './job.js'
import { MARK } from './serve.js'

/** Does a job; rejects with what it failed with. */
export type Measure = <J extends Job>(job: J) => Promise<ResultOf<J>>

function errorOf(status: number, message: string): Error {
  // The class says the status; who complains stands in the message already.
  const text = message.replace(/^\[[^\]]*\] /, '')
  const source = /^\[([^\]]*)\] /.exec(message)?.[1] ?? 'isograd'
  if (status === exitStatus.input) return new InputError(source, text)
  return new BackendError(source, text)
}

function endOf(code: number | null, signal: NodeJS.Signals | null): string {
  return signal === null ? `it ended with status ${code}` : `it was ended by ${signal}`
}

function runJob(job: Job, signal: AbortSignal, errorText: (text: string) => void): Promise<unknown> {
  signal.throwIfAborted()
  const child = spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1, 2), 'bench'], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: { ...process.env, [MARK]: '1' },
  })
  const startedAt = Date.now()
  let reply: JobReply | undefined
  const stop = (): void => void child.kill('SIGKILL')
  signal.addEventListener('abort', stop)
  child.stderr?.setEncoding('utf8').on('data', errorText)
  child.on('message', (message: JobReply) => {
    reply = message
  })
  child.send({ job, startedAt })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, ended) => {
      signal.removeEventListener('abort', stop)
      if (signal.aborted) reject(signal.reason as Error)
      else if (reply === undefined) {
        reject(new BackendError('isograd', `the measuring process gave no result: ${endOf(code, ended)}`))
      } else if (reply.ok) resolve(reply.result)
      else reject(errorOf(reply.status, reply.message))
    })
  })
}

/** Measures in processes of their own, which an abort ends at once. */
export function measureInProcesses(signal: AbortSignal, errorText: (text: string) => void): Measure {
  return async <J extends Job>(job: J) => (await runJob(job, signal, errorText)) as ResultOf<J>
}
