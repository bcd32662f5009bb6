/**
 * Results of trials, in files that grow: a sealed line each, in the file of the machine that trained it. Lines are added by
 * one call of the system each, to the end of the file, whoever writes, and begin with a line break: one that was cut off by a
 * full disk or a lost machine spoils no other, and is passed over.
 */
import { closeSync, existsSync, fdatasyncSync, fstatSync, openSync, readdirSync, readSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { InputError } from '@isograd/core'
import { sealedLine, sha256, thisPlace } from '@isograd/core/node'
import { requireRegular } from '../disk/regular-file.js'
import { type Line, readLine, RESULT_FILE } from '../documents/sweep-lines.js'
import { messageOf } from '../errors/failure.js'

function nameOfOwn(): string {
  const { host, machine, space } = thisPlace()
  return `results-${sha256(Buffer.from(`${host} ${machine} ${space}`)).slice(0, 8)}.jsonl`
}

/** The file of this machine. */
const ownFile = nameOfOwn()

/** Bytes that are read at once. */
const MOST_READ = 2 ** 24

/** A file that is read as far as it has grown. */
class GrowingFile {
  readonly #descriptor: number
  #at = 0

  constructor(path: string) {
    requireRegular(path)
    this.#descriptor = openSync(path, 'r')
    if (!fstatSync(this.#descriptor).isFile()) throw new InputError('isograd', `${path}: expected a regular file`)
  }

  /** The moment of its last change, in milliseconds. */
  get changed(): number {
    return fstatSync(this.#descriptor).mtimeMs
  }

  /** Lines that have come since the last call. */
  lines(): string[] {
    const lines: string[] = []
    for (let text = this.#more(); text !== undefined; text = this.#more()) {
      for (const line of text.split('\n')) if (line !== '') lines.push(line)
    }
    return lines
  }

  /** Whole lines that follow, a part of them where they are many; undefined where there are none. */
  #more(): string | undefined {
    const length = Math.min(fstatSync(this.#descriptor).size - this.#at, MOST_READ)
    if (length <= 0) return undefined
    const bytes = Buffer.alloc(length)
    const count = readSync(this.#descriptor, bytes, 0, length, this.#at)
    // What follows the last line break is read again, unless it is longer than any line of ours.
    const end = bytes.subarray(0, count).lastIndexOf('\n') + 1 || (count === MOST_READ ? count : 0)
    this.#at += end
    return end === 0 ? undefined : bytes.toString('utf8', 0, end)
  }

  close(): void {
    closeSync(this.#descriptor)
  }
}

/** Milliseconds between two looks for files of other machines. */
const LOOK = 1000
/** Milliseconds of results that a machine may lose that loses its power. */
const FLUSH = 1000

/** The results in a directory. */
export class Results {
  readonly #directory: string
  readonly #files = new Map<string, GrowingFile>()
  #looked = Number.NEGATIVE_INFINITY
  #own: number | undefined
  #flushed = 0
  /** Lines that are none, or were changed. */
  damaged = 0

  constructor(directory: string) {
    this.#directory = directory
  }

  /** The lines that have come since the last call: of this machine, and of others, whose files are looked for now and then. */
  news(): Line[] {
    const isTime = performance.now() - this.#looked > LOOK
    if (isTime || (!this.#files.has(ownFile) && existsSync(join(this.#directory, ownFile)))) this.#find()
    return this.#read()
  }

  /** The same, with all files that are there. */
  allNews(): Line[] {
    this.#find()
    return this.#read()
  }

  /** Seconds since anything was added; none where the clock has jumped back. */
  get silence(): number {
    const last = Math.max(...[...this.#files.values()].map((file) => file.changed))
    return Math.max(0, (Date.now() - last) / 1000)
  }

  #read(): Line[] {
    return [...this.#files.values()].flatMap((file) =>
      file.lines().flatMap((text) => {
        const line = readLine(text)
        if (line === undefined) this.damaged++
        return line ?? []
      }),
    )
  }

  #find(): void {
    this.#looked = performance.now()
    for (const name of readdirSync(this.#directory).filter((each) => RESULT_FILE.test(each))) {
      if (!this.#files.has(name)) this.#files.set(name, new GrowingFile(join(this.#directory, name)))
    }
  }

  /** Adds a line. @throws InputError where it cannot be written, as on a full disk: what was written before stands. */
  add(line: Line): void {
    const path = join(this.#directory, ownFile)
    try {
      this.#own ??= openSync(path, 'a')
      const bytes = Buffer.from(`\n${sealedLine(line)}\n`)
      const count = writeSync(this.#own, bytes)
      if (count < bytes.length) throw new Error('ENOSPC: no space left on device, write')
      if (performance.now() - this.#flushed > FLUSH) this.#flush()
    } catch (error) {
      const cure = 'the results before it stand: make room, and give the same command again'
      throw new InputError('isograd', `${path}: cannot be written: ${messageOf(error)}; ${cure}`, { cause: error })
    }
  }

  #flush(): void {
    if (this.#own !== undefined) fdatasyncSync(this.#own)
    this.#flushed = performance.now()
  }

  close(): void {
    this.#flush()
    if (this.#own !== undefined) closeSync(this.#own)
    for (const file of this.#files.values()) file.close()
  }
}
