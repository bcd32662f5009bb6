/**
 * The IDX format of MNIST and of the sets made in its image: two zero bytes, a byte for the type of the values, a byte for
 * the number of dimensions, the dimensions and the values, all big-endian.
 * @see LeCun, Cortes and Burges, "The MNIST database of handwritten digits", section "File formats".
 */
import { failAt } from '../../errors.js'
import { elementCount, zeros } from '../../tensor.js'
import type { Column, FieldDType } from '../field.js'

/** The uncompressed bytes of a file, and how to name it in a message. */
export interface NamedBytes {
  readonly file: string
  readonly bytes: Uint8Array
}

interface IdxType {
  readonly name: string
  readonly bytes: number
  readonly dtype: FieldDType
  readonly read: (view: DataView, at: number) => number
}

const types: Readonly<Record<number, IdxType>> = {
  0x08: { name: 'unsigned byte', bytes: 1, dtype: 'uint8', read: (view, at) => view.getUint8(at) },
  0x09: { name: 'signed byte', bytes: 1, dtype: 'int32', read: (view, at) => view.getInt8(at) },
  0x0b: { name: 'int16', bytes: 2, dtype: 'int32', read: (view, at) => view.getInt16(at) },
  0x0c: { name: 'int32', bytes: 4, dtype: 'int32', read: (view, at) => view.getInt32(at) },
  0x0d: { name: 'float32', bytes: 4, dtype: 'float32', read: (view, at) => view.getFloat32(at) },
  0x0e: { name: 'float64', bytes: 8, dtype: 'float64', read: (view, at) => view.getFloat64(at) },
}

/** @throws InputError about a file. */
export function failOf({ file }: NamedBytes, problem: string): never {
  failAt(file, problem)
}

function hexadecimal(value: number, digits: number): string {
  return `0x${value.toString(16).padStart(digits, '0')}`
}

/** A description of first bytes that are not those of the format. */
function recognise(bytes: Uint8Array): string {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return 'the content is gzip: uncompress it first'
  if (bytes[0] === 0x3c) return 'the content looks like an HTML page: was the download refused?'
  return 'is this an IDX file?'
}

interface Header {
  readonly type: IdxType
  readonly shape: readonly number[]
  /** Where the values begin. */
  readonly start: number
}

function typeOf(source: NamedBytes, view: DataView): IdxType {
  const type = types[view.getUint8(2)]
  if (view.getUint16(0) !== 0) {
    const magic = hexadecimal(view.getUint32(0), 8)
    failOf(source, `expected a magic number that begins with 0x0000, got ${magic}; ${recognise(source.bytes)}`)
  }
  if (type !== undefined) return type
  const known = Object.entries(types).map(([code, { name }]) => `${hexadecimal(Number(code), 2)} ${name}`)
  return failOf(source, `expected a type of the format (${known.join(', ')}), got ${hexadecimal(view.getUint8(2), 2)}`)
}

/** Type and dimensions, checked against the size of the file. */
function readHeader(source: NamedBytes): Header {
  const { bytes } = source
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < 4) failOf(source, `truncated: expected a magic number of 4 bytes, got ${bytes.length}`)
  const type = typeOf(source, view)
  const rank = view.getUint8(3)
  const start = 4 + 4 * rank
  if (rank === 0) failOf(source, 'expected at least one dimension, got none')
  if (bytes.length < start) failOf(source, `truncated: expected a header of ${start} bytes, got ${bytes.length}`)
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis))
  checkSize(source, shape, start, type.bytes)
  return { type, shape, start }
}

function checkSize(source: NamedBytes, shape: readonly number[], start: number, bytesEach: number): void {
  const dimensions = shape.join(' x ')
  if (shape.includes(0)) failOf(source, `expected at least one element, got the dimensions ${dimensions}`)
  const expected = start + bytesEach * elementCount(shape)
  const got = source.bytes.length
  const size = `expected ${expected} bytes for the dimensions ${dimensions}, got ${got}`
  if (got < expected) failOf(source, `truncated: ${size}`)
  if (got > expected) failOf(source, `${got - expected} trailing bytes: ${size}`)
}

/**
 * The values of a file: a view where they are unsigned bytes, else a copy. Signed bytes and int16 become int32.
 * @throws InputError naming the file when it is truncated, damaged, too long, empty or something else.
 */
export function parseIdx(source: NamedBytes): Column {
  const { type, shape, start } = readHeader(source)
  const { buffer, byteOffset, byteLength } = source.bytes
  // A plain Uint8Array on the same memory: a Node Buffer is one by type, but not by class.
  if (type.dtype === 'uint8') {
    return { dtype: 'uint8', shape, data: new Uint8Array(buffer, byteOffset + start, byteLength - start) }
  }
  const view = new DataView(buffer, byteOffset + start, byteLength - start)
  const column = zeros(type.dtype, shape)
  for (let i = 0; i < column.data.length; i++) column.data[i] = type.read(view, i * type.bytes)
  return column
}
