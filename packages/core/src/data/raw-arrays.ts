/** Raw columns from values of a program: tensors, typed arrays, and lists of numbers, texts or lists of numbers. */
import { failAt } from '../errors.js'
import { allocate, elementCount, tensor } from '../tensor.js'
import { describeValue, isTensor } from './check-dataset.js'
import type { Column, FieldDType } from './field.js'
import type { RawColumn } from './raw.js'

const CURE =
  'give a typed array, a tensor { dtype, shape, data }, or a list of numbers, of texts, or of lists of numbers'

/** The shape of nested lists; each has as many members as its neighbours. @throws InputError naming the odd one. */
function shapeOf(path: string, value: unknown): number[] {
  if (!Array.isArray(value) && !ArrayBuffer.isView(value)) return []
  const list = value as ArrayLike<unknown>
  const inner = list.length === 0 ? [] : shapeOf(`${path}[0]`, list[0])
  if (inner.length > 0) {
    for (let i = 1; i < list.length; i++) {
      const own = shapeOf(`${path}[${i}]`, list[i])
      if (own.join() !== inner.join())
        failAt(`${path}[${i}]`, `expected the shape [${inner.join()}] of the first, got [${own.join()}]`)
    }
  }
  return [list.length, ...inner]
}

function flatten(path: string, value: unknown, into: Float64Array, at: number): number {
  if (Array.isArray(value) || ArrayBuffer.isView(value)) {
    const list = value as ArrayLike<unknown>
    let next = at
    for (let i = 0; i < list.length; i++) next = flatten(path, list[i], into, next)
    return next
  }
  if (typeof value !== 'number' && typeof value !== 'boolean' && typeof value !== 'bigint') {
    return failAt(path, `expected numbers, got ${describeValue(value)} among them; ${CURE}`)
  }
  into[at] = Number(value)
  return at + 1
}

/** Numbers in the smallest dtype that holds them all: bytes, integers, or float64. */
function narrowed(values: Float64Array, shape: readonly number[]): Column {
  const fits = (dtype: 'uint8' | 'int32'): boolean => {
    const narrow = allocate(dtype, 1)
    return values.every((value) => {
      narrow[0] = value
      return narrow[0] === value
    })
  }
  const dtype = fits('uint8') ? 'uint8' : fits('int32') ? 'int32' : 'float64'
  return tensor(dtype, shape, values)
}

const kept: ReadonlyMap<unknown, FieldDType> = new Map<unknown, FieldDType>([
  [Uint8Array, 'uint8'],
  [Int32Array, 'int32'],
  [Float32Array, 'float32'],
  [Float64Array, 'float64'],
])

function textColumn(values: readonly unknown[]): RawColumn {
  const known = new Map<unknown, number>()
  const places = Int32Array.from(values, (value) => {
    if (value === null || value === undefined || value === '') return -1
    const place = known.get(value) ?? known.size
    known.set(value, place)
    return place
  })
  return { kind: 'texts', places, texts: [...known.keys()].map(String) }
}

/** The raw column in a value of a program. @throws InputError that begins with `path`. */
export function rawColumn(path: string, value: unknown): RawColumn {
  if (isTensor(value)) {
    if (value.dtype === 'bool') return { kind: 'numbers', values: { ...value, dtype: 'uint8' } }
    return { kind: 'numbers', values: value }
  }
  if (!Array.isArray(value) && !ArrayBuffer.isView(value))
    failAt(path, `expected a column, got ${describeValue(value)}; ${CURE}`)
  const list = value as ArrayLike<unknown>
  const dtype = kept.get((value as object).constructor)
  if (dtype !== undefined)
    return { kind: 'numbers', values: tensor(dtype, [list.length], value as Uint8Array) as Column }
  if (Array.isArray(value) && value.some((each) => typeof each === 'string')) return textColumn(value)
  const shape = shapeOf(path, value)
  const values = new Float64Array(elementCount(shape))
  flatten(path, value, values, 0)
  return { kind: 'numbers', values: narrowed(values, shape) }
}

/** A number, or NaN where nothing is. */
export function orMissing(value: unknown): unknown {
  return value === null ? NaN : value
}

/** A value that stands for itself, a text, or nothing. @throws InputError for dates and other objects. */
function cellOf(path: string, value: unknown): unknown {
  if (value === null || value === undefined || typeof value === 'string' || Array.isArray(value)) return value ?? null
  if (typeof value !== 'object' || ArrayBuffer.isView(value)) return value
  return failAt(
    path,
    `expected numbers or text, got ${value instanceof Date ? 'dates' : describeValue(value)}; write them as numbers`,
  )
}

/** The raw column in the parts of a library's column, in which `null` is a missing value. @throws InputError */
export function columnOfParts(path: string, parts: readonly ArrayLike<unknown>[]): RawColumn {
  const [only] = parts
  if (only !== undefined && parts.length === 1 && kept.has(only.constructor)) return rawColumn(path, only)
  const cells = parts.flatMap((part) => Array.from(part, (value) => cellOf(path, value)))
  if (cells.some((value) => typeof value === 'string')) return textColumn(cells)
  return rawColumn(path, cells.map(orMissing))
}
