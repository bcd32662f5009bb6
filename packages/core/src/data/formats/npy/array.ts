/**
 * One array of NumPy's format (NEP 1): a header that is a literal of Python, read here as text and never executed, then the
 * values. Numbers are taken over, in place where the dtype is one of ours; what would need Python's pickle is refused.
 */
import { float16 } from '../../../numerics/float16.js'
import { allocate, elementCount, viewOf } from '../../../tensor.js'
import type { Column } from '../../field.js'
import { failIn } from '../format.js'

const MAGIC = '\u0093NUMPY'
/** The longest header that NumPy itself reads. */
const LONGEST_HEADER = 10_000
/** The fields of a header, each by itself: their order is free. */
const FIELDS = [
  /'descr':\s*('[^']*'|\[.*?\])/s,
  /'fortran_order':\s*(True|False)/,
  /'shape':\s*\(([\d,\s]*)\)/,
] as const

interface Header {
  readonly descr: string
  readonly isFortran: boolean
  readonly shape: readonly number[]
  /** The place of the first value. */
  readonly start: number
}

/** True for bytes that begin as the format does. */
export function isNpy(bytes: Uint8Array): boolean {
  return latin1(bytes.subarray(0, 6)) === MAGIC
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes)
}

function readHeader(file: string, bytes: Uint8Array): Header {
  if (!isNpy(bytes)) failIn(file, 'expected an array of NumPy (.npy), got something else')
  if (bytes.length < 12) failIn(file, 'the header is damaged')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const [from, length] = bytes[6] === 1 ? [10, view.getUint16(8, true)] : [12, view.getUint32(8, true)]
  const start = from + length
  const isWhole = start <= bytes.length && length <= LONGEST_HEADER
  const text = isWhole ? latin1(bytes.subarray(from, start)) : ''
  const [descr, order, shape] = FIELDS.map((field) => field.exec(text)?.[1])
  if (descr === undefined || order === undefined || shape === undefined) return failIn(file, 'the header is damaged')
  const sides = shape.split(',').filter((side) => side.trim() !== '')
  return { descr: descr.replaceAll("'", ''), isFortran: order === 'True', shape: sides.map(Number), start }
}

/** A type of number: its bytes, our dtype for it, and how one is read where it is not ours already. */
interface NumberType {
  readonly bytes: number
  readonly dtype: Column['dtype']
  read(view: DataView, at: number, isLittle: boolean): number
}

const types: Readonly<Record<string, NumberType>> = {
  b1: { bytes: 1, dtype: 'uint8', read: (view, at) => view.getUint8(at) },
  u1: { bytes: 1, dtype: 'uint8', read: (view, at) => view.getUint8(at) },
  i1: { bytes: 1, dtype: 'int32', read: (view, at) => view.getInt8(at) },
  u2: { bytes: 2, dtype: 'int32', read: (view, at, little) => view.getUint16(at, little) },
  i2: { bytes: 2, dtype: 'int32', read: (view, at, little) => view.getInt16(at, little) },
  u4: { bytes: 4, dtype: 'int32', read: (view, at, little) => view.getUint32(at, little) },
  i4: { bytes: 4, dtype: 'int32', read: (view, at, little) => view.getInt32(at, little) },
  u8: { bytes: 8, dtype: 'int32', read: (view, at, little) => Number(view.getBigUint64(at, little)) },
  i8: { bytes: 8, dtype: 'int32', read: (view, at, little) => Number(view.getBigInt64(at, little)) },
  f2: { bytes: 2, dtype: 'float32', read: (view, at, little) => float16(view.getUint16(at, little)) },
  f4: { bytes: 4, dtype: 'float32', read: (view, at, little) => view.getFloat32(at, little) },
  f8: { bytes: 8, dtype: 'float64', read: (view, at, little) => view.getFloat64(at, little) },
}

/** Types whose bytes stand in memory as ours do. */
const views: ReadonlySet<string> = new Set(['b1', 'u1', 'i4', 'f4', 'f8'])

const refusals: Readonly<Record<string, string>> = {
  O: 'Python objects, which would have to be unpickled; save numbers, with allow_pickle=False',
  S: 'texts; save numbers, or the table as CSV',
  U: 'texts; save numbers, or the table as CSV',
  c: 'complex numbers; save their real and imaginary parts',
  V: 'records; save each field as an array of its own in an .npz',
  M: 'dates; save them as numbers',
  m: 'durations; save them as numbers',
}

function typeOf(file: string, descr: string): readonly [string, NumberType] {
  const code = descr.replace(/^[<>|=]/, '')
  const type = Object.hasOwn(types, code) ? types[code] : undefined
  if (type !== undefined) return [code, type]
  const got = descr.startsWith('[') ? refusals['V'] : (refusals[code[0] ?? ''] ?? `the dtype "${descr}"`)
  return failIn(file, `expected whole numbers, floats or booleans, got ${got}`)
}

/** The place in row-major order of each value of a column-major array, one after the other. */
function* rowMajor(shape: readonly number[]): Generator<number> {
  const strides = shape.map((_, axis) => elementCount(shape.slice(axis + 1)))
  const index = shape.map(() => 0)
  for (let left = elementCount(shape); left > 0; left--) {
    yield index.reduce((sum, at, axis) => sum + at * (strides[axis] as number), 0)
    for (let axis = 0; axis < index.length; axis++) {
      index[axis] = (index[axis] as number) + 1
      if (index[axis] !== shape[axis]) break
      index[axis] = 0
    }
  }
}

function converted(file: string, bytes: Uint8Array, header: Header, type: NumberType): Column {
  const { descr, isFortran, shape, start } = header
  const view = new DataView(bytes.buffer, bytes.byteOffset + start)
  const data = allocate(type.dtype, elementCount(shape))
  const places = isFortran ? rowMajor(shape) : undefined
  for (let i = 0; i < data.length; i++) {
    const value = type.read(view, i * type.bytes, !descr.startsWith('>'))
    const at = places === undefined ? i : Number(places.next().value)
    data[at] = value
    if (type.dtype === 'int32' && data[at] !== value) {
      failIn(file, `value ${at}: expected a number of 32 bits with sign, got ${value}; save the array as float64`)
    }
  }
  return { dtype: type.dtype, shape, data } as Column
}

/** The array in the bytes of a file. @throws InputError naming the file for what is no array of numbers. */
export function parseNpy(file: string, bytes: Uint8Array): Column {
  const header = readHeader(file, bytes)
  const { descr, isFortran, shape, start } = header
  const [code, type] = typeOf(file, descr)
  const expected = start + elementCount(shape) * type.bytes
  if (bytes.length !== expected) {
    failIn(
      file,
      `${bytes.length < expected ? 'truncated' : 'bytes behind the values'}: expected ${expected} bytes, got ${bytes.length}`,
    )
  }
  const at = bytes.byteOffset + start
  const isInPlace =
    views.has(code) && !descr.startsWith('>') && !(isFortran && shape.length > 1) && at % type.bytes === 0
  if (!isInPlace) return converted(file, bytes, header, type)
  return { dtype: type.dtype, shape, data: viewOf(type.dtype, bytes.buffer, at, elementCount(shape)) } as Column
}
