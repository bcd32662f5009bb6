/** In which order a product's tiles are made, and which columns of B are copied side by side before. */
import { bytesOf, type Product } from '../loops/loops.js'
import { eachValue } from '../loops/walk.js'

/** Bytes for the sixteen lanes of a sum, at the start of a thread's own memory; packed columns follow. */
export const LANES = 128

/** Bytes of a vector. */
export const VECTOR = 16

/** Vectors side by side in tiles whose columns of B are packed. */
const MOST_PACKED = 2

/** A packed B of so many bytes stays in the second cache. */
const MOST_BYTES = 2 ** 19

/** Products with so many elements, whose bodies read as much, work on memory that no cache holds. */
const MANY_ELEMENTS = 2 ** 15

/** Bytes of B with its columns in whole tiles. */
const wholeBytes = ({ inner, columns, type }: Product): number =>
  inner * (columns * bytesOf[type] + MOST_PACKED * VECTOR)

/**
 * Tells if tiles go along the rows, one row of tiles after the other, rather than down the columns: where the body reads large
 * tensors, as an optimizer does, they are then read as they lie. All of B is packed, and read again for each row of tiles.
 */
export function isByRows(s: Product): boolean {
  if (s.rows * s.columns < MANY_ELEMENTS || s.rows < 16 || wholeBytes(s) > MOST_BYTES) return false
  const read = new Set<number>()
  eachValue(s.body, (e) => {
    if (e.kind === 'load' && e.index.terms.some(({ local }) => local === s.row)) read.add(e.buffer.id)
  })
  return read.size >= 2
}

/**
 * Tells if columns of B are copied side by side for each column of tiles: rows of B that lie far apart share few sets of the
 * cache, and are read again for each tile.
 */
export function isPacked({ rows, inner, b, type }: Product): boolean {
  return rows >= 16 && inner >= 16 && b.rowStride * bytesOf[type] > 64
}

/** Bytes that a product needs for packed columns. */
export function packedBytes(s: Product): number {
  if (isByRows(s)) return wholeBytes(s)
  return isPacked(s) ? s.inner * MOST_PACKED * VECTOR : 0
}
