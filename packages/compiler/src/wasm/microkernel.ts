/**
 * The inner loop of a product: the sums of a tile stay in registers over the whole inner dimension. At most 15 vectors are live
 * (of the 16 that x86-64 has): the sums, a row of B, and one element of A in all lanes. More rows, or several turns at once,
 * are slower: registers spill.
 */
import { bytesOf, type Product } from '../loops/loops.js'
import type { Address } from './addresses.js'
import { apply } from './scalar.js'
import { VECTOR } from './tiling.js'
import { vectorBinary, type Width } from './vector.js'
import type { KernelWriter } from './writer.js'

/** A product's operands, where a column of tiles begins. */
export interface Operands {
  readonly writer: KernelWriter
  readonly s: Product
  readonly width: Width
  readonly a: Address
  /** B, and the bytes from row to row. */
  readonly b: { readonly address: Address; readonly bytes: number }
}

/** Packs vectors of columns of B. @param to where the first row of them goes; the next ones follow. */
export function packed({ writer, s, b }: Operands, to: Address, vectors: number): Operands['b'] {
  const { code } = writer
  const bytes = vectors * VECTOR
  const [source, target] = [walking(writer, b.address), walking(writer, to)]
  turns(writer, s.inner, () => {
    for (let j = 0; j < vectors; j++) {
      code.get(target.register)
      code.get(source.register)
      code.memory('v128.load', 2, source.offset + j * VECTOR)
      code.memory('v128.store', 2, target.offset + j * VECTOR)
    }
    writer.add(source.register, b.bytes)
    writer.add(target.register, bytes)
  })
  return { address: to, bytes }
}

/** Writes the inner loop of a tile. @returns the registers of its sums, by row and vector. */
export function sumsOf(operands: Operands, tile: { readonly rows: number; readonly vectors: number }): number[][] {
  const { writer, s, width, a, b } = operands
  const { code } = writer
  const registers = (n: number): number[] => Array.from({ length: n }, () => code.local('v128'))
  const sums = Array.from({ length: tile.rows }, () => registers(tile.vectors))
  const row = registers(tile.vectors)
  // -0 and x is x, for all x: the sum begins with its first term.
  for (const sum of sums.flat()) {
    writer.splat(s.type, width, -0)
    code.set(sum)
  }
  const size = bytesOf[s.type]
  const [ofA, ofB] = [walking(writer, a), walking(writer, b.address)]
  turns(writer, s.inner, () => {
    row.forEach((register, j) => {
      code.get(ofB.register)
      code.memory('v128.load', 2, ofB.offset + j * VECTOR)
      code.set(register)
    })
    sums.forEach((inRow, i) => {
      const element = code.local('v128')
      code.get(ofA.register)
      code.memory(width === 32 ? 'v128.load32_splat' : 'v128.load64_splat', 2, ofA.offset + i * s.a.rowStride * size)
      code.set(element)
      inRow.forEach((sum, j) => addTo(operands, sum, element, row[j]))
    })
    writer.add(ofA.register, s.a.columnStride * size)
    writer.add(ofB.register, b.bytes)
  })
  return sums
}

/** sum + x y, rounded twice. */
function addTo({ writer: { code }, s }: Operands, sum: number, x: number, y: number | undefined): void {
  const { mul, add } = vectorBinary[s.type]
  if (mul === undefined || add === undefined || y === undefined) throw new Error(`wasm: no product of ${s.type}`)
  code.get(sum)
  code.get(x)
  code.get(y)
  apply(code, mul)
  apply(code, add)
  code.set(sum)
}

/** A loop of so many turns. */
export function turns(writer: KernelWriter, count: number, write: () => void): void {
  const left = writer.code.local('i32')
  if (count === 0) return
  writer.code.i32(count)
  writer.code.set(left)
  countedDown(writer, left, write)
}

/** A loop that counts a register down to 0; it must not begin at 0. */
export function countedDown(writer: KernelWriter, left: number, write: () => void): void {
  const { code } = writer
  writer.loop(write, () => {
    code.get(left)
    code.i32(1)
    code.op('i32.sub')
    code.tee(left)
  })
}

/** A pointer of its own for an inner loop. */
function walking(writer: KernelWriter, address: Address): { register: number; offset: number } {
  const register = writer.code.local('i32')
  const offset = writer.address(address)
  writer.code.set(register)
  return { register, offset }
}
