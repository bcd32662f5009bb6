/**
 * The header of a safetensors file, read with suspicion: lengths, JSON, shapes and offsets are checked here before a
 * byte of data is looked at. What the tensors hold is `safetensors.ts`.
 */
import { InputError } from '../errors.js'
import { isObject } from '../experiment/merge-patch.js'

/** One tensor as the header declares it; offsets count from the end of the header. */
export interface HeaderEntry {
  readonly dtype: string
  readonly shape: readonly number[]
  readonly data_offsets: readonly [begin: number, end: number]
}

/** A header whose form is right; whether its offsets fit the data is `checkOffsets`. */
export interface Header {
  readonly entries: ReadonlyMap<string, HeaderEntry>
  readonly metadata: Readonly<Record<string, string>>
  /** Where the data begin in the file. */
  readonly bodyStart: number
}

const LENGTH_BYTES = 8
/** The bound that the format's own readers set. */
const LONGEST_HEADER = 100_000_000

function fail(message: string, options?: ErrorOptions): never {
  throw new InputError('core', `safetensors: ${message}`, options)
}

function headerBytes(bytes: Uint8Array): Uint8Array {
  if (bytes.length < LENGTH_BYTES) fail(`expected at least ${LENGTH_BYTES} bytes, got ${bytes.length}`)
  const length = new DataView(bytes.buffer, bytes.byteOffset, LENGTH_BYTES).getBigUint64(0, true)
  const available = Math.min(bytes.length - LENGTH_BYTES, LONGEST_HEADER)
  if (length > BigInt(available)) fail(`expected a header of at most ${available} bytes, got a length of ${length}`)
  return bytes.subarray(LENGTH_BYTES, LENGTH_BYTES + Number(length))
}

function parseJson(bytes: Uint8Array): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    fail('expected a header of JSON in UTF-8, got something else', { cause })
  }
  if (!isObject(value)) fail('expected the header to be a JSON object')
  return value
}

function isText(entry: [string, unknown]): entry is [string, string] {
  return typeof entry[1] === 'string'
}

function parseMetadata(value: unknown): Readonly<Record<string, string>> {
  if (value === undefined) return {}
  const entries = isObject(value) ? Object.entries(value) : []
  if (!isObject(value) || !entries.every(isText)) fail('expected "__metadata__" to map text to text')
  return Object.fromEntries(entries)
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function parseEntry(name: string, value: unknown): HeaderEntry {
  if (!isObject(value)) fail(`"${name}": expected an object`)
  const { dtype, shape, data_offsets: offsets, ...rest } = value
  const [extra] = Object.keys(rest)
  if (extra !== undefined) fail(`"${name}": unknown field "${extra}"`)
  if (typeof dtype !== 'string') fail(`"${name}": expected a dtype`)
  if (!Array.isArray(shape) || !shape.every(isCount)) fail(`"${name}": expected a shape of whole numbers from 0 up`)
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount)) {
    fail(`"${name}": expected data_offsets to be two whole numbers from 0 up`)
  }
  const [begin, end] = offsets as [number, number]
  if (begin > end) fail(`"${name}": data_offsets end at ${end}, before they begin at ${begin}`)
  return { dtype, shape, data_offsets: [begin, end] }
}

/** Reads and checks the form of the header. @throws InputError */
export function parseHeader(bytes: Uint8Array): Header {
  const json = headerBytes(bytes)
  const { __metadata__: metadata, ...tensors } = parseJson(json)
  const entries = Object.entries(tensors).map(([name, value]): [string, HeaderEntry] => [name, parseEntry(name, value)])
  return { entries: new Map(entries), metadata: parseMetadata(metadata), bodyStart: LENGTH_BYTES + json.length }
}

/** Holds the tensors to covering the data once, without holes and overlaps. @throws InputError */
export function checkOffsets(entries: ReadonlyMap<string, HeaderEntry>, bodyLength: number): void {
  const ordered = [...entries].toSorted(
    ([, { data_offsets: a }], [, { data_offsets: b }]) => a[0] - b[0] || a[1] - b[1],
  )
  let position = 0
  for (const [
    name,
    {
      data_offsets: [begin, end],
    },
  ] of ordered) {
    if (begin !== position) {
      fail(
        `"${name}": ${begin < position ? 'overlaps' : 'leaves a hole behind'} the tensor before it, at byte ${begin}`,
      )
    }
    if (end > bodyLength) fail(`"${name}": ends at byte ${end} of ${bodyLength}`)
    position = end
  }
  if (position !== bodyLength) fail(`expected ${position} bytes of data, got ${bodyLength}`)
}
