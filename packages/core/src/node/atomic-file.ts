/**
 * Files that are either whole or not there: written under another name in the same directory, flushed to the disk and
 * renamed. The other name cannot be known beforehand and is never one that is there, so that nobody can plant a link at it;
 * a link at the file's own name is replaced, and what it leads to stays. Processes that write the same file at once do not
 * disturb each other: the last rename wins. Synchronous on purpose: no signal handler can run, and so no exit can fall,
 * between the first byte and the last.
 */
import { createHash, randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, openSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import { pid, platform } from 'node:process'
import { codeOf } from './file-errors.js'
import { isRunning } from './process-identity.js'

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

/** Codes of file systems that cannot flush a directory, and of directories that may be written and not read. */
const UNFLUSHED: readonly unknown[] = ['EINVAL', 'ENOTSUP', 'ENOSYS', 'EACCES', 'EPERM']

function flushDirectory(path: string): void {
  // Windows cannot open directories, and needs no such flush.
  if (platform === 'win32') return
  try {
    withDescriptor(path, 'r', () => {})
  } catch (error) {
    if (!UNFLUSHED.includes(codeOf(error))) throw error
  }
}

function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true })
  } catch {
    // Why the file could not be written is what counts; the next command removes what is left.
  }
}

/** A device or a pipe would be replaced by a file. @throws Error for what is neither a file nor a directory. */
function requireFilePlace(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false })
  if (found === undefined || found.isFile() || found.isDirectory()) return
  throw new Error(`${path}: expected the place of a regular file, got a device, a pipe or a socket`)
}

/** Writes a whole file, or none: on failure the path is as it was and nothing else is left in its directory. */
export function writeAtomically(path: string, content: string | Uint8Array): void {
  requireFilePlace(path)
  const part = `${path}.${hostMark()}.${pid}.${randomBytes(4).toString('hex')}.part`
  try {
    withDescriptor(part, 'wx', (descriptor) => writeFileSync(descriptor, content))
    renameSync(part, path)
  } catch (error) {
    removeQuietly(part)
    throw error
  }
  flushDirectory(dirname(path))
}

/** True where nobody will finish this part: its writer is gone, or, on another machine or by number reuse, a day has passed. */
function isStale(path: string, host: string, writer: number): boolean {
  if (host === hostMark() && !isRunning(writer)) return true
  const { mtimeMs = Date.now() } = statSync(path, { throwIfNoEntry: false }) ?? {}
  return Date.now() - mtimeMs > DAY
}

/**
 * Removes what killed processes have left in `directory` while writing: parts that are stale, and every part of a file
 * that `isLocked`, of which the caller is the only writer.
 */
export function removeParts(directory: string, isLocked: (name: string) => boolean = () => false): void {
  for (const file of readdirSync(directory)) {
    const { name, host, writer } = PART.exec(file)?.groups ?? {}
    if (name === undefined || host === undefined || writer === undefined) continue
    const path = join(directory, file)
    // Another process may be removing parts too: a file that has just gone is what is wanted.
    if (isLocked(name) || isStale(path, host, Number(writer))) removeQuietly(path)
  }
}
