/**
 * Columns that grow row by row. Numbers are kept in the smallest dtype that holds all so far, texts as places in the list of
 * those that occur, each decoded once.
 */
import { allocate, tensor, type TensorStorage } from '../../../tensor.js'
import type { FieldDType } from '../../field.js'
import type { RawColumn } from '../../raw.js'
import { parseDecimal } from './decimal.js'
import { quoting } from './scanner.js'

/** Takes the values of one column. */
export interface ColumnBuilder {
  /** Adds the value of the next row; false for one that is neither a number nor missing. */
  add(bytes: Uint8Array, start: number, end: number, quotes: number): boolean
  finish(): RawColumn
}

/** Tells if a text stands for a value that is missing. */
export type IsMissing = (text: string) => boolean

const decoder = new TextDecoder('utf-8', { fatal: true })

/** The text of a field. @throws TypeError where it is not UTF-8. */
export function textOf(bytes: Uint8Array, start: number, end: number, quotes: number): string {
  const text = decoder.decode(bytes.subarray(start, end))
  return quotes === quoting.escaped ? text.replaceAll('""', '"') : text
}

const ladder = ['uint8', 'int32', 'float64'] as const satisfies readonly FieldDType[]

/** A column of numbers. */
export class NumberBuilder implements ColumnBuilder {
  #rung = 0
  #data: TensorStorage['uint8' | 'int32' | 'float64']
  #count = 0
  readonly #point: number
  readonly #isMissing: IsMissing

  /** @param capacity rows that are expected. @param point the byte between whole and fraction. */
  constructor(capacity: number, point: number, isMissing: IsMissing) {
    this.#data = allocate('uint8', capacity)
    this.#point = point
    this.#isMissing = isMissing
  }

  add(bytes: Uint8Array, start: number, end: number, quotes: number): boolean {
    const value = parseDecimal(bytes, start, end, this.#point)
    if (!Number.isFinite(value)) {
      const text = start === end ? '' : textOf(bytes, start, end, quotes)
      if (!Number.isNaN(value) || !this.#isMissing(text)) return false
    }
    if (this.#count === this.#data.length) this.#move(this.#rung, Math.ceil(this.#count * 1.5) + 16)
    const data = this.#data
    data[this.#count] = value
    if (data[this.#count] !== value && this.#rung < 2) this.#widen(value)
    this.#count++
    return true
  }

  /** Moves to the next larger dtype until the last value fits. */
  #widen(value: number): void {
    while (this.#data[this.#count] !== value && this.#rung < 2) {
      this.#move(this.#rung + 1, this.#data.length)
      this.#data[this.#count] = value
    }
  }

  #move(rung: number, length: number): void {
    const moved = allocate(ladder[rung] ?? 'float64', length)
    moved.set(this.#data.subarray(0, this.#count))
    this.#rung = rung
    this.#data = moved
  }

  finish(): RawColumn {
    const dtype = ladder[this.#rung] ?? 'float64'
    return { kind: 'numbers', values: tensor(dtype, [this.#count], this.#data.subarray(0, this.#count)) }
  }
}

/** Distinct sequences of bytes, numbered in the order in which they come. */
class ByteIndex {
  #slots = new Int32Array(1024).fill(-1)
  readonly #known: Uint8Array[] = []

  /** The number of a sequence; `known` grows by one where it is new. */
  place(bytes: Uint8Array, start: number, end: number): number {
    let hash = 0x811c9dc5
    for (let i = start; i < end; i++) hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193)
    for (let slot = hash >>> 0; ; slot++) {
      const at = slot & (this.#slots.length - 1)
      const place = this.#slots[at] as number
      if (place < 0) return this.#insert(at, bytes.slice(start, end))
      if (this.#isSame(place, bytes, start, end)) return place
    }
  }

  get size(): number {
    return this.#known.length
  }

  #isSame(place: number, bytes: Uint8Array, start: number, end: number): boolean {
    const known = this.#known[place] as Uint8Array
    if (known.length !== end - start) return false
    for (let i = 0; i < known.length; i++) if (known[i] !== bytes[start + i]) return false
    return true
  }

  #insert(at: number, bytes: Uint8Array): number {
    this.#slots[at] = this.#known.length
    this.#known.push(bytes)
    if (2 * this.#known.length > this.#slots.length) this.#grow()
    return this.#known.length - 1
  }

  #grow(): void {
    const known = this.#known.splice(0)
    this.#slots = new Int32Array(4 * this.#slots.length).fill(-1)
    for (const bytes of known) this.place(bytes, 0, bytes.length)
  }
}

/** A column of texts. */
export class TextBuilder implements ColumnBuilder {
  readonly #index = new ByteIndex()
  /** By sequence of bytes: the place of its text, -1 for one that stands for a missing value. */
  readonly #placeOf: number[] = []
  readonly #texts = new Map<string, number>()
  #places: Int32Array
  #count = 0
  readonly #isMissing: IsMissing

  constructor(capacity: number, isMissing: IsMissing) {
    this.#places = new Int32Array(capacity)
    this.#isMissing = isMissing
  }

  add(bytes: Uint8Array, start: number, end: number, quotes: number): boolean {
    if (quotes === quoting.escaped) {
      const plain = new TextEncoder().encode(textOf(bytes, start, end, quotes))
      return this.add(plain, 0, plain.length, quoting.quoted)
    }
    const index = this.#index.place(bytes, start, end)
    if (index === this.#placeOf.length) this.#placeOf.push(this.#learn(textOf(bytes, start, end, quotes)))
    if (this.#count === this.#places.length) this.#grow()
    this.#places[this.#count++] = this.#placeOf[index] as number
    return true
  }

  #learn(text: string): number {
    const trimmed = text.trim()
    if (this.#isMissing(trimmed)) return -1
    const known = this.#texts.get(trimmed) ?? this.#texts.size
    this.#texts.set(trimmed, known)
    return known
  }

  #grow(): void {
    const places = new Int32Array(Math.ceil(this.#count * 1.5) + 16)
    places.set(this.#places)
    this.#places = places
  }

  finish(): RawColumn {
    return { kind: 'texts', places: this.#places.subarray(0, this.#count), texts: [...this.#texts.keys()] }
  }
}
