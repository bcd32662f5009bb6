/**
 * Messages between the command and a page as bytes: JSON, in which arrays of numbers stand by dtype, place and length, and
 * behind it their elements. Between processes Node serializes by itself; a page has nothing of the kind.
 */
import { parseExactly, stringifyExactly } from '@isograd/core/text'

const arrays = { Float32Array, Float64Array, Int32Array, Uint8Array }

/** Stands for an array. */
interface ArrayMark {
  readonly $array: keyof typeof arrays
  /** Byte behind the JSON at which its elements begin. */
  readonly at: number
  readonly bytes: number
}

/** Bytes of the number that comes first: the length of the JSON. */
const HEAD = 4

function isMark(value: object): value is ArrayMark {
  return '$array' in value
}

/** Takes arrays out of a message, each with its place. */
class Outgoing {
  readonly elements: Uint8Array<ArrayBuffer>[] = []
  #bytes = 0

  strip(value: unknown): unknown {
    if (ArrayBuffer.isView(value)) return this.#mark(value)
    if (Array.isArray(value)) return value.map((item) => this.strip(item))
    if (typeof value === 'object' && value !== null) {
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, this.strip(item)]))
    }
    if (typeof value === 'function' || typeof value === 'symbol' || typeof value === 'bigint') {
      throw new TypeError(`a ${typeof value} could not be cloned`)
    }
    return value
  }

  #mark(view: ArrayBufferView): ArrayMark {
    const name = (view as { readonly [Symbol.toStringTag]?: string })[Symbol.toStringTag]
    if (name === undefined || !Object.hasOwn(arrays, name)) throw new TypeError(`a ${name} could not be cloned`)
    const mark = { $array: name as keyof typeof arrays, at: this.#bytes, bytes: view.byteLength }
    this.elements.push(new Uint8Array(view.buffer as ArrayBuffer, view.byteOffset, view.byteLength))
    this.#bytes += view.byteLength
    return mark
  }
}

/** The bytes of a message, in parts that belong one behind the other. @throws TypeError for what is no plain data. */
export function encodeMessage(message: unknown): Uint8Array<ArrayBuffer>[] {
  const outgoing = new Outgoing()
  const json = new TextEncoder().encode(stringifyExactly(outgoing.strip(message)))
  const head = new Uint8Array(HEAD)
  new DataView(head.buffer).setUint32(0, json.length, true)
  return [head, json, ...outgoing.elements]
}

/** The number of bytes of parts. */
export function lengthOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0)
}

/** Puts arrays back, each in memory of its own. */
function restore(value: unknown, elements: Uint8Array): unknown {
  if (Array.isArray(value)) return value.map((item) => restore(item, elements))
  if (typeof value !== 'object' || value === null) return value
  if (isMark(value)) {
    const { $array, at, bytes } = value
    return new arrays[$array](elements.slice(at, at + bytes).buffer)
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, restore(item, elements)]))
}

/** The message of some bytes. @throws SyntaxError for bytes that are none of `encodeMessage`. */
export function decodeMessage(bytes: Uint8Array): unknown {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true)
  const json = new TextDecoder().decode(bytes.subarray(HEAD, HEAD + length))
  return restore(parseExactly(json), bytes.subarray(HEAD + length))
}
