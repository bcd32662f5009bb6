/**
 * Fields: named, typed columns of a table of samples, and the encodings that turn stored values into what a network
 * sees. Values stay in their smallest dtype and are stored once. Bytes and integers are decoded in the program; floats are
 * encoded once on the host in float64 and rounded to the training precision, since large floats standardised in float32
 * cancel and some runtimes have no float64.
 *
 * Bytes are multiplied by the rounded scale, as Keras's Rescaling does, and not divided, as torchvision does: for 126 of the 256
 * bytes and a scale of 1/255 the results differ, by a unit in the last place. A product is what runtimes have a kernel for that
 * reads the bytes themselves.
 */
import type { Builder, Value } from '../ir/builder.js'
import { allocate, type FloatDType, type Tensor, type TensorOf } from '../tensor.js'

/** The dtypes of columns. */
export type FieldDType = 'uint8' | 'int32' | 'float32' | 'float64'

/** A column of values, [samples, ...shape of one sample]. */
export type Column = TensorOf<FieldDType>

/** Numbers as x scale, or (x scale - mean) / standardDeviation. */
export interface NumbersEncoding {
  /** Kind of the encoding. */
  readonly kind: 'numbers'
  /** 1 unless given. */
  readonly scale?: number
  /** 0 unless given, of the scaled values. */
  readonly mean?: number
  /** 1 unless given, of the scaled values. */
  readonly standardDeviation?: number
  /** The stored value that a missing one is taken for; absent: none may be missing. */
  readonly missing?: number
  /** Texts that the numbers stand for, from 0; absent: they are numbers in the file too. */
  readonly names?: readonly string[]
}

/** Numbers of categories from 0. */
export interface CategoryEncoding {
  /** Kind of the encoding. */
  readonly kind: 'category'
  /** The number of categories. */
  readonly count: number
  /** True where data tell only how many there are at least: a model may tell more of them apart. */
  readonly isLeast?: true
  /** Texts of the categories in their order; absent: they are numbers in the file too. */
  readonly names?: readonly string[]
  /** The category that a missing one is taken for; absent: none may be missing. */
  readonly missing?: number
}

/** Categories as `count` numbers, 1 for that of the sample and 0 for the others. */
export interface OneHotEncoding extends Omit<CategoryEncoding, 'kind' | 'isLeast'> {
  /** Kind of the encoding. */
  readonly kind: 'oneHot'
}

/** The rule by which stored values become a network's inputs. */
export type Encoding = NumbersEncoding | CategoryEncoding | OneHotEncoding

/** The type of a column: all but its values. */
export interface Field {
  /** Type of the stored values. */
  readonly dtype: FieldDType
  /** Of one sample: [28, 28], [] for a single number. */
  readonly shape: readonly number[]
  /** The encoding of stored values for the network. */
  readonly encoding: Encoding
  /** The place of the channels of a sample, where a model that says nothing of it would take it wrongly. */
  readonly channels?: 'first'
}

/** True when a column is encoded on the host, once, and not in every step of the program. */
export function isEncodedOnHost({ dtype, encoding }: Field): boolean {
  return encoding.kind === 'numbers' && (dtype === 'float32' || dtype === 'float64')
}

/** True for numbers that a network sees as they are stored. */
export function isStoredAsSeen({ encoding }: Field): boolean {
  if (encoding.kind !== 'numbers') return true
  const { scale = 1, mean = 0, standardDeviation = 1 } = encoding
  return scale === 1 && mean === 0 && standardDeviation === 1
}

/** The shape of a sample as a network sees it. */
export function seenShape({ shape, encoding }: Field): readonly number[] {
  return encoding.kind === 'oneHot' ? [...shape, encoding.count] : shape
}

/** The dtype that a program finds a column in. */
export function boundDType(field: Field, precision: FloatDType): FieldDType {
  return isEncodedOnHost(field) ? precision : field.dtype
}

/** The number, in float64, that a network sees of a stored one. */
export function seenValue(rule: NumbersEncoding, stored: number): number {
  const { scale = 1, mean = 0, standardDeviation = 1, missing = NaN } = rule
  return ((Number.isNaN(stored) ? missing : stored) * scale - mean) / standardDeviation
}

/** A column as it is bound to programs: as it is stored, or encoded and rounded to the training precision. */
export function boundColumn(field: Field, column: Column, precision: FloatDType): Tensor {
  const { encoding } = field
  if (!isEncodedOnHost(field) || encoding.kind !== 'numbers') return column
  const isKept = isStoredAsSeen(field) && encoding.missing === undefined
  if (isKept && column.dtype === precision) return column
  const data = allocate(precision, column.data.length)
  for (let i = 0; i < data.length; i++) data[i] = seenValue(encoding, column.data[i] as number)
  return { dtype: precision, shape: column.shape, data } as Tensor
}

/** The number, in float64, that the program decodes a number of a bound column to. */
export function decodedValue(field: Field, bound: number): number {
  const { encoding } = field
  return encoding.kind !== 'numbers' || isEncodedOnHost(field) ? bound : seenValue(encoding, bound)
}

/** Emits what a network sees of gathered rows of a column: floats, or int32 numbers of categories. */
export function emitDecoded(b: Builder, field: Field, rows: Value, precision: FloatDType): Value {
  const { encoding } = field
  if (encoding.kind === 'category') return b.cast(rows, 'int32')
  if (encoding.kind === 'oneHot') return b.oneHot(b.cast(rows, 'int32'), encoding.count, precision)
  if (isEncodedOnHost(field)) return rows
  const { scale = 1, mean = 0, standardDeviation = 1 } = encoding
  const scaled = b.mul(b.cast(rows, precision), b.constant(scale, precision))
  const centred = mean === 0 ? scaled : b.sub(scaled, b.constant(mean, precision))
  return b.div(centred, b.constant(standardDeviation, precision))
}

/** Stored values of a field that is encoded on the host, encoded in a program in float64 and rounded once, as there. */
export function emitEncoded(b: Builder, field: Field, rows: Value, precision: FloatDType): Value {
  const { encoding } = field
  if (encoding.kind !== 'numbers' || !isEncodedOnHost(field)) return emitDecoded(b, field, rows, precision)
  const { scale = 1, mean = 0, standardDeviation = 1, missing } = encoding
  const constant = (value: number): Value => b.constant(value, 'float64')
  const given = b.cast(rows, 'float64')
  // A number that is missing is NaN, and equals nothing.
  const stands = (value: number): Value =>
    b.select(b.equal(given, given), given, b.broadcastTo(constant(value), given.type.shape))
  const known = missing === undefined ? given : stands(missing)
  return b.cast(b.div(b.sub(b.mul(known, constant(scale)), constant(mean)), constant(standardDeviation)), precision)
}

/** The stored value, in float64, that an encoded number stands for. */
export function storedValue({ encoding }: Field, encoded: number): number {
  if (encoding.kind !== 'numbers') return encoded
  const { scale = 1, mean = 0, standardDeviation = 1 } = encoding
  return (encoded * standardDeviation + mean) / scale
}

/** Emits the stored values that encoded ones stand for: what a model tells, in the units of the field. */
export function emitStored(b: Builder, { encoding }: Field, encoded: Value): Value {
  if (encoding.kind !== 'numbers') return encoded
  const { scale = 1, mean = 0, standardDeviation = 1 } = encoding
  const constant = (value: number): Value => b.constant(value, encoded.type.dtype)
  const spread = standardDeviation === 1 ? encoded : b.mul(encoded, constant(standardDeviation))
  const moved = mean === 0 ? spread : b.add(spread, constant(mean))
  return scale === 1 ? moved : b.div(moved, constant(scale))
}

/** Names of the categories of a field: their own, or their numbers. */
export function categoryNames({ count, names }: Pick<CategoryEncoding, 'count' | 'names'>): readonly string[] {
  return names ?? Array.from({ length: count }, (_, i) => String(i))
}
