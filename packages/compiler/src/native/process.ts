/** Runs a program with a time limit: what it says goes to a file, so that a child of it that hangs holds nothing open. */
import { type ChildProcess, spawn } from 'node:child_process'
import { open, readFile } from 'node:fs/promises'
import { BackendError } from '@isograd/core/backend'
import { onInterrupted } from '@isograd/core/node'

/** The end of a program. */
export interface Ended {
  readonly isDone: boolean
  /** The text of both streams. */
  readonly said: string
  /** Why it is not done: in words. */
  readonly reason: string
}

/** Ends a process and its children; they have a group of their own. */
function end(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended meanwhile.
  }
}

const running = new Set<ChildProcess>()
/** True from an interruption on: what waited for its turn is not begun any more. */
let isInterrupted = false

/** Ends what runs: a process that exits must leave no program behind. */
function endAll(): void {
  for (const { pid } of running) end(pid)
}

function interruptAll(): void {
  isInterrupted = true
  endAll()
}

const interruption = (command: string): BackendError => new BackendError('native', `interrupted while ${command} ran`)

let stopListening = (): void => undefined

function begun(child: ChildProcess): void {
  if (running.size === 0) {
    process.once('exit', endAll)
    stopListening = onInterrupted(interruptAll)
  }
  running.add(child)
}

function ended(child: ChildProcess): void {
  running.delete(child)
  if (running.size > 0) return
  process.off('exit', endAll)
  stopListening()
}

/**
 * Waits for a program. @param log file for what it says. @param limit milliseconds.
 * @throws BackendError where the work is interrupted meanwhile: the program is ended.
 */
export async function run(
  command: string,
  args: readonly string[],
  { cwd, log, limit }: { readonly cwd: string; readonly log: string; readonly limit: number },
): Promise<Ended> {
  const file = await open(log, 'w')
  // Asked now and not before: an interruption may come while the file is opened, and what is begun after it is ended by nobody.
  if (isInterrupted) {
    await file.close()
    throw interruption(command)
  }
  const outcome = new Promise<{ isDone: boolean; reason: string }>((resolve, reject) => {
    const child = spawn(command, args, { cwd, stdio: ['ignore', file.fd, file.fd], detached: true })
    let isLate = false
    const timer = setTimeout(() => {
      isLate = true
      end(child.pid)
    }, limit)
    begun(child)
    const settle = (isDone: boolean, reason: string): void => {
      clearTimeout(timer)
      ended(child)
      if (isInterrupted) reject(interruption(command))
      else resolve({ isDone, reason })
    }
    child.once('error', (error) => settle(false, error.message))
    child.once('exit', (status, signal) => {
      if (isLate) settle(false, `did not end within ${limit / 1000} s`)
      else settle(status === 0, signal === null ? `ended with status ${status}` : `was ended by ${signal}`)
    })
  })
  try {
    await outcome
  } finally {
    await file.close()
  }
  return { ...(await outcome), said: (await readFile(log, 'utf8')).trim() }
}
