/**
 * A directory that runs are written to belongs to one process at a time. The lock is a file `run.lock` that names its
 * holder. One that this process can see (see process-identity.ts) is asked for: a holder that is gone, killed or ended by
 * a new start of the machine, holds nothing. Of any other only signs of life are known: a holder writes its lock anew every
 * few seconds, and after two minutes of silence it has lost it; before it writes anything more it looks.
 */
import { randomBytes } from 'node:crypto'
import { lstatSync, readFileSync, rmSync } from 'node:fs'
import { link, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { InputError } from '../errors.js'
import { codeOf } from './file-errors.js'
import { type Holder, isAlive, parseHolder, showLife, SILENCE, thisHolder } from './holder.js'
import { thisPlace } from './process-identity.js'

const LOCK = 'run.lock'
const LEFTOVER = /^run\.lock\.[0-9a-f]{8}$/

/** A lock that is there, as far as it is known. */
interface SeenLock {
  readonly text: string
  /** Undefined where it is none of ours. */
  readonly holder: Holder | undefined
  /** Milliseconds since it was last written, by the clock of the file system; a time in the future counts by its distance. */
  readonly silence: number
  /** True of a file without content: its holder died with the machine, or is just about to write its name. */
  readonly isEmpty: boolean
}

/** Marks of the locks that this process holds, and the calls that release them. */
const held = new Map<string, () => void>()

function isOwn(mark: string): boolean {
  return held.has(mark)
}

async function readLock(path: string): Promise<string | undefined> {
  // A link or a pipe is none of ours; its content is not asked for.
  if (lstatSync(path, { throwIfNoEntry: false })?.isFile() === false) return ''
  return readFile(path, 'utf8').catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  })
}

function secondsText(milliseconds: number): string {
  return `${Math.max(0, Math.round(milliseconds / 1000))} s`
}

function inUse(directory: string, seen: SeenLock | undefined): InputError {
  const { holder, silence = 0 } = seen ?? {}
  if (holder === undefined) {
    const cure = `${LOCK} there is not a lock that can be read; if nothing is at work there, remove it`
    return new InputError('core', `${directory}: in use by something; ${cure}`)
  }
  const here = thisPlace()
  const { host, machine = here.machine, space } = holder
  const isFar = host !== here.host || machine !== here.machine || space !== here.space
  const signs =
    isFar && holder.beat !== undefined
      ? `; its last sign of life came ${secondsText(silence)} ago, and after ${secondsText(SILENCE)} without one the directory is free`
      : ''
  const cure = `wait for it, or, if that is certainly no longer at work, remove ${LOCK} there`
  return new InputError('core', `${directory}: in use by process ${holder.pid} on ${host}${signs}; ${cure}`)
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

/** True unless nobody has the lock that is there any more. One that nobody can read is somebody's, unless it stays empty. */
function isTaken({ holder, silence, isEmpty }: SeenLock): boolean {
  return holder === undefined ? !isEmpty || silence < SILENCE : isAlive(holder, silence, isOwn)
}

/** Where the disk is full no empty lock is left: nobody could tell whose it is. */
async function placeWhole(path: string, content: string): Promise<void> {
  await writeFile(path, content, { flag: 'wx' }).catch(async (error: unknown) => {
    if (codeOf(error) !== 'EEXIST') await rm(path, { force: true })
    throw error
  })
}

/** Puts the lock in place, content and all; undefined where it stands, else the lock that was there, if it still is. */
async function place(path: string, content: string): Promise<SeenLock | 'gone' | undefined> {
  const own = `${path}.${randomBytes(4).toString('hex')}`
  try {
    await writeFile(own, content, { flag: 'wx' })
    await link(own, path).catch((error: unknown) => {
      // Some file systems know no links; then the lock stands empty for a moment, which is taken for held.
      if (codeOf(error) === 'EEXIST') throw error
      return placeWhole(path, content)
    })
    return undefined
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
    return await look(path, own)
  } finally {
    await rm(own, { force: true })
  }
}

/** The lock that is there; `own` has just been written, which tells the time. */
async function look(path: string, own: string): Promise<SeenLock | 'gone'> {
  const text = await readLock(path)
  const written = lstatSync(path, { throwIfNoEntry: false })
  if (text === undefined || written === undefined) return 'gone'
  // Who has the directory by now may have taken it for a leftover.
  const { mtimeMs: now } = lstatSync(own, { throwIfNoEntry: false }) ?? written
  const isEmpty = written.isFile() && written.size === 0
  return { text, holder: parseHolder(text), silence: Math.abs(now - written.mtimeMs), isEmpty }
}

/** Removes what processes that were killed while placing a lock have left, whole or cut short. Only for who has the lock. */
async function removeLeftovers(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    if (!LEFTOVER.test(name)) continue
    const path = join(directory, name)
    // oxlint-disable-next-line no-await-in-loop -- there are hardly ever any
    const holder = parseHolder((await readLock(path)) ?? '')
    const { mtimeMs = Date.now() } = lstatSync(path, { throwIfNoEntry: false }) ?? {}
    // oxlint-disable-next-line no-await-in-loop
    if (holder === undefined || !isAlive(holder, Math.abs(Date.now() - mtimeMs), isOwn)) await rm(path, { force: true })
  }
}

/** A held lock. */
export interface RunLock {
  /** @throws InputError where the lock is no longer this process's: another has taken the directory, or the file is gone. */
  check(): void
  /** Gives the directory free. Needs no pause; what is still held when the process exits is given free then. */
  release(): void
}

/** True, false, or true where it cannot be told: a disk that fails is told of by what is written next. */
function stands(path: string, content: string): boolean {
  try {
    return readFileSync(path, 'utf8') === content
  } catch (error) {
    return codeOf(error) !== 'ENOENT'
  }
}

function releaseAll(): void {
  for (const release of held.values()) release()
}

function hold(directory: string, path: string, content: string, mark: string): RunLock {
  const stop = showLife(path, content)
  const release = (): void => {
    if (!held.delete(mark)) return
    stop()
    if (held.size === 0) process.off('exit', releaseAll)
    try {
      if (stands(path, content)) rmSync(path, { force: true })
    } catch {
      // The next process finds out that this one is gone.
    }
  }
  if (!process.listeners('exit').includes(releaseAll)) process.once('exit', releaseAll)
  held.set(mark, release)
  const check = (): void => {
    if (stands(path, content)) return
    const cure = 'nothing more is written there; see who has it now'
    throw new InputError('core', `${directory}: ${LOCK} is no longer the one of this process; ${cure}`)
  }
  return { check, release }
}

/**
 * Takes a directory for this process.
 * @throws InputError when another process has it, and says which; the error of the file system when no lock can be
 * written.
 */
export async function lockRun(directory: string): Promise<RunLock> {
  const path = join(directory, LOCK)
  const mark = randomBytes(8).toString('hex')
  const content = `${JSON.stringify(thisHolder(mark))}\n`
  held.set(mark, () => {})
  try {
    for (let attempt = 0; attempt < 3; attempt++) {
      // oxlint-disable no-await-in-loop -- each attempt looks at what the one before has changed
      const seen = await place(path, content)
      if (seen === undefined) {
        const lock = hold(directory, path, content, mark)
        await removeLeftovers(directory).catch((error: unknown) => {
          lock.release()
          throw error
        })
        return lock
      }
      if (seen === 'gone') continue
      if (isTaken(seen)) throw inUse(directory, seen)
      await removeDead(path, seen.text)
      // oxlint-enable no-await-in-loop
    }
    throw inUse(directory, undefined)
  } catch (error) {
    held.delete(mark)
    throw error
  }
}

/** True where this process has the directory. */
async function isHeld(directory: string): Promise<boolean> {
  const mark = parseHolder((await readLock(join(directory, LOCK))) ?? '')?.mark
  return mark !== undefined && held.has(mark)
}

/** Milliseconds that are waited for who has a directory for a moment, and tries in them. */
const PATIENCE = 2000
const TRIES = 20

/**
 * Does something in a directory while no other process writes there, in this process's own lock where it has one.
 * @returns false where another keeps the directory for longer than two seconds: then nothing was done.
 * @throws the error of the file system when no lock can be written; what `work` throws
 */
export async function whileLocked(directory: string, work: () => void): Promise<boolean> {
  if (await isHeld(directory)) {
    work()
    return true
  }
  for (let attempt = 0; attempt < TRIES; attempt++) {
    // oxlint-disable no-await-in-loop -- each attempt waits for the one before
    const lock = await lockRun(directory).catch((error: unknown) => {
      if (error instanceof InputError) return undefined
      throw error
    })
    if (lock === undefined) await setTimeout(PATIENCE / TRIES)
    else {
      try {
        work()
      } finally {
        lock.release()
      }
      return true
    }
    // oxlint-enable no-await-in-loop
  }
  return false
}
