/**
 * Files that are either whole or not there: written under another name in the same directory, flushed to the disk and
 * renamed. The other name cannot be known beforehand and is never one that is there, so that nobody can plant a link at it;
 * a link at the file's own name is replaced, and what it leads to stays. Processes that write the same file at once do not
 * disturb each other: the last rename wins. Synchronous on purpose: no signal handler can run, and so no exit can fall,
 * between the first byte and the last.
 */
import { createHash, randomBytes } from 'node:crypto'
import {
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
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

/** A file as it is to be; without content it is to be gone. */
export interface FileChange {
  readonly path: string
  readonly content: string | Uint8Array | undefined
}

/** A change on its way, with the names of its new file and of the one that it replaces. */
interface StagedChange {
  readonly path: string
  readonly part: string | undefined
  readonly before: string | undefined
  isDone: boolean
}

function nameBeside(path: string): string {
  return `${path}.${hostMark()}.${pid}.${randomBytes(4).toString('hex')}.part`
}

/** A second name for what is there, to bring it back by; undefined where nothing is, or the file system knows no such. */
function secondName(path: string): string | undefined {
  const name = nameBeside(path)
  try {
    linkSync(path, name)
    return name
  } catch {
    return undefined
  }
}

/** Gives a file its name; without one, what has the name goes. */
function put(path: string, part: string | undefined): void {
  if (part === undefined) rmSync(path, { force: true })
  else renameSync(part, path)
}

function takeBack({ path, part, before, isDone }: StagedChange): void {
  if (part !== undefined) removeQuietly(part)
  if (!isDone || (before === undefined && part === undefined)) return
  try {
    put(path, before)
  } catch {
    // The new file stays then, which is whole.
  }
}

/**
 * Writes whole files and removes others, all or none: on failure each path is as it was and nothing else is left in its
 * directory. A process that is killed meanwhile may leave the first of them changed and the others not.
 * @throws Error for a path that is not the place of a regular file; the error of the file system
 */
export function writeTogether(changes: readonly FileChange[]): void {
  const staged: StagedChange[] = []
  try {
    for (const { path, content } of changes) {
      requireFilePlace(path)
      const part = nameBeside(path)
      const before = changes.length > 1 ? secondName(path) : undefined
      staged.push({ path, part: content === undefined ? undefined : part, before, isDone: false })
      if (content !== undefined) withDescriptor(part, 'wx', (descriptor) => writeFileSync(descriptor, content))
    }
    for (const change of staged) {
      put(change.path, change.part)
      change.isDone = true
    }
  } catch (error) {
    for (const change of staged) takeBack(change)
    throw error
  } finally {
    for (const { before } of staged) if (before !== undefined) removeQuietly(before)
  }
  for (const directory of new Set(changes.map(({ path }) => dirname(path)))) flushDirectory(directory)
}

/** Writes a whole file, or none: on failure the path is as it was and nothing else is left in its directory. */
export function writeAtomically(path: string, content: string | Uint8Array): void {
  writeTogether([{ path, content }])
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
