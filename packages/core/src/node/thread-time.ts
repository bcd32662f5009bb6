/**
 * The computing time of one thread: that of the whole process counts what others compute beside it. Node 20 tells no such
 * thing of a thread; Linux does, by a number that only the thread itself can find out.
 */
import { readFileSync } from 'node:fs'
import type { Worker } from 'node:worker_threads'

/** Ticks of the clock in which Linux counts, in every second. */
const TICKS = 100

/** The number of this thread in /proc; undefined on other systems. */
export function ownThread(): number | undefined {
  try {
    return Number.parseInt(readFileSync('/proc/thread-self/stat', 'latin1'), 10)
  } catch {
    return undefined
  }
}

/** Seconds that a thread has computed, in /proc/<process>/task/<thread>/stat; undefined where that cannot be read. */
function linuxSeconds(thread: number): number | undefined {
  try {
    const text = readFileSync(`/proc/self/task/${thread}/stat`, 'latin1')
    // The name of the program stands in parentheses and may hold anything; behind it the 12th and 13th are the times.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return (Number(fields[11]) + Number(fields[12])) / TICKS
  } catch {
    return undefined
  }
}

/**
 * Tells seconds that a thread has computed since this was made. Where the system does not say, at most those that the thread
 * was busy, and at most those that the whole process computed.
 */
export function threadClock(worker: Worker): (thread: number | undefined) => number {
  const before = process.cpuUsage()
  return (thread) => {
    const exact = thread === undefined ? undefined : linuxSeconds(thread)
    if (exact !== undefined) return exact
    const { user, system } = process.cpuUsage(before)
    return Math.min(worker.performance.eventLoopUtilization().active / 1000, (user + system) / 1e6)
  }
}
