/**
 * Processes as others can know them: by number where both see the same numbers, which is on one machine, since one start of
 * it, in one space of numbers (containers have their own). Where the system has no /proc only the number itself is known.
 */
import { createHash } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import { kill } from 'node:process'
import { codeOf } from './file-errors.js'

function orEmpty(read: () => string): string {
  try {
    return read().trim()
  } catch {
    return ''
  }
}

/** The place of a process; what the system does not tell is empty. */
export interface ProcessPlace {
  readonly host: string
  /** Digest of what the system calls the installation; two machines may have one name. */
  readonly machine: string
  /** The start of the machine. */
  readonly boot: string
  /** The space of process numbers. */
  readonly space: string
}

/** The place of this process. */
export function thisPlace(): ProcessPlace {
  const machine = orEmpty(() => readFileSync('/etc/machine-id', 'latin1'))
  return {
    host: hostname(),
    // The identifier is not to be shown to others as it is, says machine-id(5).
    machine: machine && createHash('sha256').update(`isograd ${machine}`).digest('hex').slice(0, 16),
    boot: orEmpty(() => readFileSync('/proc/sys/kernel/random/boot_id', 'latin1')),
    space: orEmpty(() => readlinkSync('/proc/self/ns/pid')),
  }
}

/** The facts that Linux tells of a process: its state, and when it began in ticks of the clock; empty where it does not. */
export function processFacts(process: number): { readonly state: string; readonly began: string } {
  const text = orEmpty(() => readFileSync(`/proc/${process}/stat`, 'latin1'))
  // The name in parentheses may hold anything; the third field follows it, and the 22nd is the 20th behind it.
  const [state = '', ...others] = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return { state, began: others[18] ?? '' }
}

/** True for the number of a process that can still work, whoever owns it: one that has ended may keep its number a while. */
export function isRunning(process: number): boolean {
  try {
    kill(process, 0)
    return !/^[ZX]/.test(processFacts(process).state)
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}
