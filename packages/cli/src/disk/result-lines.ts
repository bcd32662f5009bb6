/** A file of results, a JSON document a line, that grows while a command works: what was done is not done again. */
import { existsSync } from 'node:fs'
import { InputError } from '@isograd/core'
import { messageOf } from '../errors/failure.js'
import { appendText, readBytes } from './regular-file.js'

type Entry = Readonly<Record<string, unknown>>

function parsed(line: string): Entry[] {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? [value as Entry] : []
  } catch {
    return []
  }
}

/** Results by key; in memory alone where there is no file. */
export class ResultLines {
  readonly #path: string | undefined
  readonly #known = new Map<string, unknown>()

  /** @throws InputError when the file cannot be read. */
  constructor(path: string | undefined) {
    this.#path = path
    if (path === undefined || !existsSync(path)) return
    const text = this.#try(() => readBytes(path).toString('utf8'))
    // A last line that was cut off stays one of its own.
    if (text !== '' && !text.endsWith('\n')) this.#append('\n')
    for (const { key, result } of text.split('\n').flatMap(parsed)) {
      if (typeof key === 'string') this.#known.set(key, result)
    }
  }

  /** The result of a key: the known one, or what `make` gives, which is kept. @throws InputError when it cannot be written. */
  async get<T>(key: string, make: () => Promise<T>): Promise<T> {
    if (this.#known.has(key)) return this.#known.get(key) as T
    const result = await make()
    this.#append(`${JSON.stringify({ key, result })}\n`)
    return result
  }

  #append(text: string): void {
    const path = this.#path
    if (path !== undefined) this.#try(() => appendText(path, text))
  }

  #try<T>(work: () => T): T {
    try {
      return work()
    } catch (error) {
      throw new InputError('isograd', `--results: ${this.#path}: ${messageOf(error)}`, { cause: error })
    }
  }
}
