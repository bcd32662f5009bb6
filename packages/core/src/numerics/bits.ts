/** Compares tensors bit for bit, NaN payloads and signs of zero included. */
import { sameShape, type Tensor, type TensorMap } from '../tensor.js'
import { positionOf } from './tensor-comparison.js'

/** The first element in which two tensors differ. */
export interface BitDifference {
  readonly name: string
  readonly index: readonly number[]
  readonly a: number
  readonly b: number
  /** Elements that differ. */
  readonly count: number
}

function bytesOf({ data }: Tensor): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
}

/** True if two tensors are the same in dtype, shape and bits. */
export function sameBits(a: Tensor, b: Tensor): boolean {
  if (a.dtype !== b.dtype || !sameShape(a.shape, b.shape)) return false
  if (a.data.byteLength !== b.data.byteLength) return false
  const [left, right] = [wordsOf(a) ?? bytesOf(a), wordsOf(b) ?? bytesOf(b)]
  if (left.length !== right.length) return allEqual(bytesOf(a), bytesOf(b))
  return allEqual(left, right)
}

/** The tensor's memory in words of four bytes, where it lies and ends on such. */
function wordsOf({ data: { buffer, byteOffset, byteLength } }: Tensor): Uint32Array | undefined {
  return byteOffset % 4 === 0 && byteLength % 4 === 0 ? new Uint32Array(buffer, byteOffset, byteLength / 4) : undefined
}

function allEqual(left: ArrayLike<number>, right: ArrayLike<number>): boolean {
  for (let i = 0; i < left.length; i++) if (left[i] !== right[i]) return false
  return true
}

function differs(a: Tensor, b: Tensor, flat: number): boolean {
  const width = a.data.BYTES_PER_ELEMENT
  const [left, right] = [bytesOf(a), bytesOf(b)]
  for (let i = flat * width; i < (flat + 1) * width; i++) if (left[i] !== right[i]) return true
  return false
}

function describe(name: string, a: Tensor, b: Tensor): BitDifference {
  const flats = Array.from({ length: a.data.length }, (_, flat) => flat).filter((flat) => differs(a, b, flat))
  const [first = 0] = flats
  const [left, right] = [a.data[first] as number, b.data[first] as number]
  return { name, index: positionOf(first, a.shape), a: left, b: right, count: flats.length }
}

/** The tensors that differ between two maps, in the order of the first; a tensor missing on one side differs. */
export function bitDifferences(a: TensorMap, b: TensorMap): BitDifference[] {
  return Object.entries(a).flatMap(([name, left]) => {
    const right = b[name]
    if (right === undefined) return [{ name, index: [], a: Number.NaN, b: Number.NaN, count: left.data.length }]
    return sameBits(left, right) ? [] : [describe(name, left, right)]
  })
}

/** A number that almost surely changes when any bit of the tensor does (FNV-1a over words). */
export function checksum(tensor: Tensor): number {
  const units = wordsOf(tensor) ?? bytesOf(tensor)
  let hash = 0x811c9dc5
  for (let i = 0; i < units.length; i++) hash = Math.imul(hash ^ (units[i] as number), 0x01000193)
  return hash >>> 0
}
