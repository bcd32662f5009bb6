/** The product of two matrices in float64, each element's terms added one after the other. */
import { BLOCK, type ProductKernel, productKernel } from './product-kernel.js'

/** The rows of the first matrix or the columns of the second: term k of line i is `data[i * line + k * term]`. */
export interface Lines {
  readonly data: ArrayLike<number>
  readonly line: number
  readonly term: number
}

/** Lengths of a product: [rows, inner] times [inner, columns]. */
export interface ProductLengths {
  readonly rows: number
  readonly inner: number
  readonly columns: number
}

/** The place at which a block begins. */
type Start = ProductLengths

/** Below so many multiplications packing costs more than it saves. */
const FEW = 4096
const FOUR = 4

let kernel: ProductKernel | undefined | 'untried' = 'untried'

function addByLoops(a: Lines, b: Lines, { rows, inner, columns }: ProductLengths, out: Float64Array): void {
  for (let r = 0; r < rows; r++) {
    for (let k = 0; k < inner; k++) {
      const factor = a.data[r * a.line + k * a.term] as number
      for (let c = 0, at = k * b.term; c < columns; c++, at += b.line) {
        ;(out[r * columns + c] as number) += factor * (b.data[at] as number)
      }
    }
  }
}

/** Packs lines from `start`, as many as `count`, by fours; the last one again where they are no multiple of four. */
function pack(packed: Float64Array, { data, line, term }: Lines, start: number, first: number, size: Size): void {
  for (let i = 0, to = 0; i < size.lines; i += FOUR) {
    const at = (j: number): number => (start + Math.min(i + j, size.lines - 1)) * line + first * term
    let [p, q, r, s] = [at(0), at(1), at(2), at(3)]
    for (let k = 0; k < size.terms; k++, to += FOUR, p += term, q += term, r += term, s += term) {
      packed[to] = data[p] as number
      packed[to + 1] = data[q] as number
      packed[to + 2] = data[r] as number
      packed[to + 3] = data[s] as number
    }
  }
}

interface Size {
  readonly lines: number
  readonly terms: number
}

/** Calls `each` with the starts of pieces of a length, and how long they are. */
function inPieces(length: number, most: number, each: (start: number, size: number) => void): void {
  for (let start = 0; start < length; start += most) each(start, Math.min(most, length - start))
}

/** A block of rows, whose sums are taken into the routine's memory and back. */
function addBlock({ sums, add }: ProductKernel, start: Start, size: ProductLengths, out: Out): void {
  const places = Array.from({ length: size.rows }, (_, r) => (start.rows + r) * out.columns + start.columns)
  for (const [r, at] of places.entries()) sums.set(out.data.subarray(at, at + size.columns), r * BLOCK.columns)
  add(Math.ceil(size.rows / FOUR), Math.ceil(size.columns / FOUR), size.inner)
  for (const [r, at] of places.entries()) {
    out.data.set(sums.subarray(r * BLOCK.columns, r * BLOCK.columns + size.columns), at)
  }
}

interface Out {
  readonly data: Float64Array
  readonly columns: number
}

function addByBlocks(own: ProductKernel, a: Lines, b: Lines, whole: ProductLengths, data: Float64Array): void {
  const out = { data, columns: whole.columns }
  inPieces(whole.columns, BLOCK.columns, (column, columns) => {
    inPieces(whole.inner, BLOCK.inner, (first, inner) => {
      pack(own.columns, b, column, first, { lines: columns, terms: inner })
      inPieces(whole.rows, BLOCK.rows, (row, rows) => {
        pack(own.rows, a, row, first, { lines: rows, terms: inner })
        addBlock(own, { rows: row, inner: first, columns: column }, { rows, inner, columns }, out)
      })
    })
  })
}

/** Adds a product to `out`, [rows, columns], term after term: the same bits with and without WebAssembly. */
export function addProduct(a: Lines, b: Lines, lengths: ProductLengths, out: Float64Array): void {
  if (lengths.rows * lengths.inner * lengths.columns < FEW) return addByLoops(a, b, lengths, out)
  if (kernel === 'untried') kernel = productKernel()
  if (kernel === undefined) addByLoops(a, b, lengths, out)
  else addByBlocks(kernel, a, b, lengths, out)
}
