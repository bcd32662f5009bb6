/**
 * nohup lets a command ignore SIGHUP, and Node undoes that as it starts. What is left to know it by is standard input: in
 * the place of a terminal nohup puts /dev/null opened for writing alone, as nothing else does.
 */
import { readFileSync, readlinkSync } from 'node:fs'

const ACCESS = 0o3
const WRITE_ONLY = 0o1

function startedByNohup(): boolean {
  try {
    const [, flags = ''] = /^flags:\s+([0-7]+)$/m.exec(readFileSync('/proc/self/fdinfo/0', 'latin1')) ?? []
    return readlinkSync('/proc/self/fd/0') === '/dev/null' && (Number.parseInt(flags, 8) & ACCESS) === WRITE_ONLY
  } catch {
    // Not Linux: it cannot be known.
    return false
  }
}

/** True where this command was started to outlive its terminal. */
export const outlivesTerminal: boolean = startedByNohup()

/** Ignores SIGHUP where nohup said so. */
export function keepNohup(): void {
  if (outlivesTerminal) process.on('SIGHUP', () => {})
}
