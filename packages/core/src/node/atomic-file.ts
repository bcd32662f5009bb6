/**
 * Files that are either whole or not there: written under another name in the same directory, flushed to the disk and
 * renamed. Processes that write the same file at once do not disturb each other: the last rename wins. Synchronous on
 * purpose: no signal handler can run, and so no exit can fall, between the first byte and the last.
 */
import { createHash, randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { readdir, rm, stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import { kill, pid, platform } from 'node:process'
import { codeOf } from './file-errors.js'

/** name.host.process.random.part: enough to tell later whether the writer still lives. */
const PART = /^(?<name>.*)\.(?<host>[0-9a-f]{8})\.(?<writer>\d+)\.[0-9a-f]{8}\.part$/

const DAY = 24 * 60 * 60 * 1000

function hostMark(): string {
  return createHash('sha256').update(hostname()).digest('hex').slice(0, 8)
}

function withDescriptor(path: string, flags: 'r' | 'wx', use: (descriptor: number) => void): void {
  const descriptor = openSync(path, flags)
  try {
    use(descriptor)
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** Writes a whole file, or none: on failure the path is as it was and nothing else is left in its directory. */
export function writeAtomically(path: string, content: string | Uint8Array): void {
  const part = `${path}.${hostMark()}.${pid}.${randomBytes(4).toString('hex')}.part`
  try {
    withDescriptor(part, 'wx', (descriptor) => writeFileSync(descriptor, content))
    renameSync(part, path)
  } catch (error) {
    rmSync(part, { force: true })
    throw error
  }
  // Windows cannot open directories, and needs no such flush.
  if (platform !== 'win32') withDescriptor(dirname(path), 'r', () => {})
}

/**
 * The facts that Linux tells of a process: its state, and when it began in ticks of the clock. Empty where it cannot be told.
 */
export function processFacts(process: number): { readonly state: string; readonly began: string } {
  try {
    const text = readFileSync(`/proc/${process}/stat`, 'latin1')
    // The name in parentheses may hold anything; the third field follows it, and the 22nd is the 20th behind it.
    const [state = '', ...others] = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return { state, began: others[18] ?? '' }
  } catch {
    return { state: '', began: '' }
  }
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

/** True where nobody will finish this part: its writer is gone, or, on another machine or by number reuse, a day has passed. */
async function isStale(path: string, host: string, writer: number): Promise<boolean> {
  if (host === hostMark() && !isRunning(writer)) return true
  const { mtimeMs } = await stat(path)
  return Date.now() - mtimeMs > DAY
}

/**
 * Removes what killed processes have left in `directory` while writing: parts that are stale, and every part of a file
 * that `isLocked`, of which the caller is the only writer.
 */
export async function removeParts(directory: string, isLocked: (name: string) => boolean = () => false): Promise<void> {
  for (const file of await readdir(directory)) {
    const { name, host, writer } = PART.exec(file)?.groups ?? {}
    if (name === undefined || host === undefined || writer === undefined) continue
    const path = join(directory, file)
    // Another process may be removing parts too: a file that has just gone is what is wanted.
    const unfinished = isLocked(name) || (await isStale(path, host, Number(writer)).catch(() => false))
    if (unfinished) await rm(path, { force: true })
  }
}
