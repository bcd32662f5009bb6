/**
 * A run directory belongs to one process at a time. The lock is a file `run.lock` that names its holder: process,
 * host, and when the process began. A holder on this host that is gone (killed, or the machine has been started anew)
 * holds nothing; whether one on another host lives cannot be known, so its lock stands.
 */
import { randomBytes } from 'node:crypto'
import { readFileSync, rmSync } from 'node:fs'
import { link, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { pid } from 'node:process'
import * as z from 'zod/mini'
import { InputError } from '../errors.js'
import { isRunning, processFacts } from './atomic-file.js'
import { codeOf } from './file-errors.js'

const LOCK = 'run.lock'
const LEFTOVER = /^run\.lock\.[0-9a-f]{8}$/

const holderSchema = z.object({ pid: z.int(), host: z.string(), began: z.string(), mark: z.string() })
type Holder = z.output<typeof holderSchema>

/**
 * When a process began, as the system counts: boot and clock ticks on Linux, where numbers of processes come again
 * soon, above all in containers. Empty where it cannot be told.
 */
function beginningOf(process: number): string {
  const { began } = processFacts(process)
  try {
    return began && `${readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()}/${began}`
  } catch {
    return ''
  }
}

const held = new Set<string>()

function isAlive({ pid: holder, host, began, mark }: Holder): boolean {
  if (host !== hostname()) return true
  if (holder === pid) return held.has(mark)
  if (!isRunning(holder)) return false
  const now = beginningOf(holder)
  return began === '' || now === '' || began === now
}

function parse(text: string): Holder | undefined {
  try {
    return holderSchema.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}

async function readLock(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  })
}

function inUse(directory: string, holder: Holder | undefined): InputError {
  const who = holder === undefined ? 'something' : `process ${holder.pid} on ${holder.host}`
  const cure = `wait for it, or, if that is certainly no longer at work, remove ${LOCK} there`
  return new InputError('core', `run directory ${directory}: in use by ${who}; ${cure}`)
}

/**
 * Takes a dead holder's lock out of the way. Between looking and taking, another process may have done so and be at
 * work: what was taken is then not what was seen, and is put back.
 */
async function removeDead(path: string, seen: string): Promise<void> {
  const aside = `${path}.${randomBytes(4).toString('hex')}`
  await rename(path, aside).catch(() => {})
  const taken = await readLock(aside)
  if (taken !== undefined && taken !== seen) await link(aside, path).catch(() => {})
  await rm(aside, { force: true })
}

/** Puts the lock in place, content and all, unless there is one. */
async function place(path: string, content: string): Promise<boolean> {
  const own = `${path}.${randomBytes(4).toString('hex')}`
  await writeFile(own, content, { flag: 'wx' })
  try {
    await link(own, path).catch((error: unknown) => {
      // Some file systems know no links; then the lock stands empty for a moment, which is taken for held.
      if (codeOf(error) === 'EEXIST') throw error
      return writeFile(path, content, { flag: 'wx' })
    })
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  } finally {
    await rm(own, { force: true })
  }
}

/** Removes what processes that were killed while placing a lock have left. */
async function removeLeftovers(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    if (!LEFTOVER.test(name)) continue
    // oxlint-disable-next-line no-await-in-loop -- there are hardly ever any
    const text = await readLock(join(directory, name))
    const holder = text === undefined ? undefined : parse(text)
    // oxlint-disable-next-line no-await-in-loop
    if (holder !== undefined && !isAlive(holder)) await rm(join(directory, name), { force: true })
  }
}

/** A held lock. */
export interface RunLock {
  /** Gives the directory free. Needs no pause, so that it can be called while the process exits. */
  release(): void
}

function release(path: string, content: string, mark: string): void {
  held.delete(mark)
  try {
    if (readFileSync(path, 'utf8') === content) rmSync(path)
  } catch {
    // Gone with its directory, or somebody has removed it by hand: there is nothing to give free.
  }
}

/**
 * Takes a run directory for this process.
 * @throws InputError when another process has it, and says which; the error of the file system when no lock can be
 * written.
 */
export async function lockRun(directory: string): Promise<RunLock> {
  const path = join(directory, LOCK)
  const mark = randomBytes(8).toString('hex')
  const content = `${JSON.stringify({ pid, host: hostname(), began: beginningOf(pid), mark } satisfies Holder)}\n`
  held.add(mark)
  for (let attempt = 0; attempt < 3; attempt++) {
    // oxlint-disable no-await-in-loop -- each attempt looks at what the one before has changed
    if (await place(path, content)) {
      await removeLeftovers(directory)
      return { release: () => release(path, content, mark) }
    }
    const seen = await readLock(path)
    const holder = seen === undefined ? undefined : parse(seen)
    if (seen !== undefined && (holder === undefined || isAlive(holder))) {
      held.delete(mark)
      throw inUse(directory, holder)
    }
    if (seen !== undefined) await removeDead(path, seen)
    // oxlint-enable no-await-in-loop
  }
  held.delete(mark)
  throw inUse(directory, undefined)
}
