/**
 * The wire format of protocol buffers, as far as a message is walked through: fields with their numbers, varints, eight and
 * four bytes, and what has a length. protobuf.dev/programming-guides/encoding.
 */
import { InputError } from '../../errors.js'

/** A field of a message: a whole number, or bytes. */
export interface WireField {
  readonly number: number
  readonly value: number | Uint8Array
}

function fail(): never {
  throw new InputError('core', 'expected a protocol buffer message, got one that is cut short or damaged')
}

/** Walks through bytes. */
class Cursor {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length
  }

  take(count: number): Uint8Array {
    if (count < 0 || count > this.#bytes.length - this.#at) fail()
    this.#at += count
    return this.#bytes.subarray(this.#at - count, this.#at)
  }

  /** A whole number; those beyond 2^53 are rounded. */
  varint(): number {
    let value = 0
    for (let i = 0; i < 10; i++) {
      const [byte] = this.take(1)
      if (byte === undefined) break
      value += (byte & 0x7f) * 2 ** (7 * i)
      if (byte < 0x80) return value
    }
    return fail()
  }
}

const FIXED64 = 1
const LENGTH = 2
const FIXED32 = 5

/** The fields of a message in their order. @throws InputError when it is none. */
export function wireFields(bytes: Uint8Array): WireField[] {
  const cursor = new Cursor(bytes)
  const fields: WireField[] = []
  while (!cursor.isAtEnd) {
    const tag = cursor.varint()
    const [number, type] = [Math.floor(tag / 8), tag % 8]
    if (number === 0) fail()
    if (type === 0) fields.push({ number, value: cursor.varint() })
    else if (type === LENGTH) fields.push({ number, value: cursor.take(cursor.varint()) })
    else if (type === FIXED64 || type === FIXED32) fields.push({ number, value: cursor.take(type === FIXED64 ? 8 : 4) })
    else fail()
  }
  return fields
}

/** Whole numbers of a repeated field, packed or not. */
export function wholeNumbers(fields: readonly WireField[], number: number): number[] {
  return fields.flatMap((field) => {
    if (field.number !== number) return []
    if (typeof field.value === 'number') return [field.value]
    const cursor = new Cursor(field.value)
    const values: number[] = []
    while (!cursor.isAtEnd) values.push(cursor.varint())
    return values
  })
}

/** The bytes of every field of a number. */
export function byteFields(fields: readonly WireField[], number: number): Uint8Array[] {
  return fields.flatMap((field) => (field.number === number && typeof field.value !== 'number' ? [field.value] : []))
}

/** The text of a field; empty where it is not there. */
export function textField(fields: readonly WireField[], number: number): string {
  return new TextDecoder().decode(byteFields(fields, number).at(-1) ?? new Uint8Array())
}
