/**
 * Claims of many small things in one directory, each by one process at a time. A process has one file that names it
 * (holder.ts); a claim is a further name of that file, made by an atomic link, so that it costs one call of the system, and a
 * sign of life counts for all claims of a process. A claim of a process that is gone is taken over. Two may take over the
 * same in one moment, or a laptop that slept may come back: what is claimed must bear being done twice.
 */
import { randomBytes } from 'node:crypto'
import { linkSync, lstatSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { codeOf } from './file-errors.js'
import { type Holder, isAlive, parseHolder, showLife, thisHolder } from './holder.js'
import { makeDirectory } from './make-directory.js'

const HOLDER = /^holder-[0-9a-f]{16}$/
const ASIDE = /\.aside$/

/** A claim that is there. */
export interface SeenClaim {
  readonly name: string
  /** Undefined where it cannot be told. */
  readonly pid: number | undefined
  readonly isAlive: boolean
  /** Seconds that its process has been claiming, as far as the file system tells. */
  readonly age: number
}

interface Seen {
  readonly text: string
  readonly holder: Holder | undefined
  readonly silence: number
  readonly age: number
}

/** Marks of this process. */
const own = new Set<string>()

function isOwn(mark: string): boolean {
  return own.has(mark)
}

/** The file at a path; undefined where there is none, or no longer. */
function look(path: string): Seen | undefined {
  try {
    const stats = lstatSync(path)
    // A link or a pipe is none of ours; its content is not asked for.
    const text = stats.isFile() ? readFileSync(path, 'utf8') : ''
    const now = Date.now()
    return { text, holder: parseHolder(text), silence: now - stats.mtimeMs, age: (now - stats.birthtimeMs) / 1000 }
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

/** A claim that cannot be read is of a file system without links, and is being made: it counts as held while it is fresh. */
function isHeld({ holder, silence }: Seen): boolean {
  return holder === undefined ? silence < 1000 : isAlive(holder, silence, isOwn)
}

/** Claims of this process, among those of others. */
export class Claims {
  readonly #directory: string
  readonly #content: string
  readonly #mark: string
  readonly #file: string
  readonly #stop: () => void

  /** Makes the directory where it is not there. @throws the error of the file system */
  constructor(directory: string) {
    this.#directory = directory
    makeDirectory(directory)
    this.#mark = randomBytes(8).toString('hex')
    this.#content = `${JSON.stringify(thisHolder(this.#mark))}\n`
    this.#file = join(directory, `holder-${this.#mark}`)
    own.add(this.#mark)
    writeFileSync(this.#file, this.#content, { flag: 'wx' })
    this.#stop = showLife(this.#file, this.#content)
  }

  /** Claims what nobody has claimed. @returns false where somebody has. @throws the error of the file system */
  take(name: string): boolean {
    const path = join(this.#directory, name)
    try {
      linkSync(this.#file, path)
      return true
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return false
      // Some file systems know no links.
      return this.#write(path)
    }
  }

  #write(path: string): boolean {
    try {
      writeFileSync(path, this.#content, { flag: 'wx' })
      return true
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return false
      throw error
    }
  }

  /**
   * Claims what a process has claimed that is gone. Between looking and taking another may have done so: what was taken is
   * then not what was seen, and is put back. @returns false where nobody, or somebody who may live, has claimed it.
   */
  takeOver(name: string): boolean {
    const path = join(this.#directory, name)
    const seen = look(path)
    if (seen === undefined || isHeld(seen)) return false
    const aside = `${path}.${randomBytes(4).toString('hex')}.aside`
    try {
      renameSync(path, aside)
      if (look(aside)?.text === seen.text) return this.take(name)
      linkSync(aside, path)
      return false
    } catch (error) {
      if (codeOf(error) === 'ENOENT' || codeOf(error) === 'EEXIST') return false
      throw error
    } finally {
      rmSync(aside, { force: true })
    }
  }

  /** Gives a claim back, unless another process has taken it over. */
  release(name: string): void {
    const path = join(this.#directory, name)
    if (look(path)?.text === this.#content) rmSync(path, { force: true })
  }

  /** Ends the signs of life; claims that were not given back can be taken over. */
  close(): void {
    this.#stop()
    own.delete(this.#mark)
    rmSync(this.#file, { force: true })
  }
}

/** The claims in a directory as another process sees them, which claims nothing; none where there is no such directory. */
export function claimsIn(directory: string): SeenClaim[] {
  try {
    return readdirSync(directory).flatMap((name) => {
      if (HOLDER.test(name) || ASIDE.test(name)) return []
      const seen = look(join(directory, name))
      return seen === undefined ? [] : [{ name, pid: seen.holder?.pid, isAlive: isHeld(seen), age: seen.age }]
    })
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return []
    throw error
  }
}

/** Removes what processes that are gone have left in a directory where nothing is claimed any more. */
export function tidyClaims(directory: string): void {
  for (const name of readdirSync(directory)) {
    const path = join(directory, name)
    const seen = look(path)
    if (seen !== undefined && !isHeld(seen)) rmSync(path, { force: true })
  }
}
