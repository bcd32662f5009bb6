/**
 * The process behind `--timeout`: a backend that computes on the thread of the check and never returns can only be
 * stopped from another process. The command runs itself once more and listens to it: before each call of a backend the
 * check names the call, and when it is silent for too long, it is ended.
 */
import { spawn } from 'node:child_process'
import { type ExitStatus, exitStatus } from '../errors/exit-status.js'
import { errorOutput } from '../errors/output.js'

const MARK = 'ISOGRAD_WATCHED'

/** Time for the check itself to report the timeout, which it does better if it still can. */
const GRACE_SECONDS = 2

/** True in the process that is watched. */
export function isWatched(): boolean {
  return process.env[MARK] === '1' && process.send !== undefined
}

/** Sends the watching process the call that a backend is given; undefined when it has answered. */
export function tellWatcher(what: string | undefined): void {
  process.send?.({ what })
}

function statusOf(code: number | null, signal: NodeJS.Signals | null): ExitStatus {
  const known = Object.values(exitStatus).find((status) => status === code)
  if (known !== undefined) return known
  return signal === 'SIGINT' ? exitStatus.interrupted : exitStatus.bug
}

/** Ctrl-C reaches both processes; this one waits for the other to end. */
function waitForChild(): void {}

/** Runs the same command line in a process of its own, and ends it when a call takes longer than allowed. */
export function runWatched(timeoutSeconds: number): Promise<ExitStatus> {
  const child = spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, [MARK]: '1' },
  })
  let timer: NodeJS.Timeout | undefined
  let overdue: string | undefined
  process.on('SIGINT', waitForChild)
  child.on('message', ({ what }: { readonly what?: string }) => {
    clearTimeout(timer)
    if (what === undefined) return
    timer = setTimeout(
      () => {
        overdue = what
        child.kill('SIGKILL')
      },
      (timeoutSeconds + GRACE_SECONDS) * 1000,
    )
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      process.off('SIGINT', waitForChild)
      if (overdue === undefined) return resolve(statusOf(code, signal))
      errorOutput.write(`error: ${overdue} did not answer within ${timeoutSeconds} s, and was ended\n`)
      return resolve(exitStatus.backend)
    })
  })
}
