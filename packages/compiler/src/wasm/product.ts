/**
 * The product microkernel: a tile of rows by vectors of columns whose sums stay in registers over the whole inner dimension.
 * At most 15 vectors are live (of the 16 that x86-64 has): the sums, a row of B, and one element of A in all lanes.
 */
import { bytesOf, type Product } from '../loops/loops.js'
import type { Address } from './addresses.js'
import { apply } from './scalar.js'
import { type Lanes, lanesOfBody } from './lanes.js'
import { lanesOf, vectorBinary, type Width, widths } from './vector.js'
import { matricesOf } from './walk.js'
import type { KernelWriter } from './writer.js'

/** Writes what becomes of elements. */
export interface Epilogue {
  /** Writes all tiles, with what they share before them. */
  around(lanes: Lanes, write: () => void): void
  /** Writes the body for a vector, of which so many lanes are columns. */
  lanes(lanes: Lanes, valid: number): void
  /** Writes the body for one element. */
  single(): void
}

/** Rows and vectors of a tile. */
interface Tile {
  readonly rows: number
  readonly vectors: number
}

/** What does not change from tile to tile. */
interface Task {
  readonly writer: KernelWriter
  readonly s: Product
  readonly epilogue: Epilogue
  readonly width: Width
  readonly count: number
  readonly lanes: Lanes | undefined
  readonly a: Address
  readonly b: Address
}

/** Tiles for few rows or few columns; the one of 4 x 2 is the fastest where there are enough. */
function tileFor(rows: number, vectors: number): Tile {
  if (vectors === 1) return { rows: Math.min(rows, 8), vectors: 1 }
  if (vectors === 3) return { rows: Math.min(rows, 3), vectors: 3 }
  if (rows < 3) return { rows, vectors: Math.min(vectors, rows === 1 ? 8 : 4) }
  return { rows: Math.min(rows, 4), vectors: 2 }
}

/** Copies of the inner loop's body in one turn. */
const UNROLL = 1

/** A matrix product with what becomes of its elements. */
export function product(writer: KernelWriter, s: Product, epilogue: Epilogue): void {
  const width = widths[s.type]
  if (width === undefined || s.b.columnStride !== 1 || s.a.buffer.type !== s.type || s.b.buffer.type !== s.type) {
    throw new Error(`wasm: no product of ${s.a.buffer.name} and ${s.b.buffer.name}`)
  }
  if (s.rows === 0 || s.columns === 0) return
  const [a, b] = matricesOf(s).map(({ buffer, index }) => writer.addresses.of(buffer, index))
  if (a === undefined || b === undefined) throw new Error('wasm: a product has two operands')
  const lanes = lanesOfBody(s.column, s.body, [{ local: s.value, type: s.type }])
  const task: Task = { writer, s, epilogue, width, count: lanesOf[width], lanes, a, b }
  if (lanes === undefined) allColumns(task)
  else epilogue.around(lanes, () => allColumns(task))
}

function allColumns(task: Task): void {
  const { writer, s, count } = task
  const tile = tileFor(s.rows, Math.ceil(s.columns / count))
  const wide = tile.vectors * count
  const whole = Math.floor(s.columns / wide)
  const rest = s.columns - whole * wide
  writer.start(s.column)
  writer.repeat(s.column, whole, wide, () => allRows(task, tile, wide))
  if (rest > 0) allRows(task, tileFor(s.rows, Math.ceil(rest / count)), rest)
}

/** Tiles one below the other, and a lower one for the rows that are left. */
function allRows(task: Task, { rows, vectors }: Tile, columns: number): void {
  const { writer, s } = task
  const rest = s.rows % rows
  const narrow = Math.min(vectors, Math.ceil(columns / task.count))
  writer.start(s.row)
  writer.repeat(s.row, Math.floor(s.rows / rows), rows, () => oneTile(task, { rows, vectors: narrow }, columns))
  if (rest > 0) oneTile(task, { rows: rest, vectors: narrow }, columns)
}

/** @param columns those of the tile; the last vector may have fewer than its lanes. */
function oneTile(task: Task, tile: Tile, columns: number): void {
  const sums = sumsOf(task, tile)
  sums.forEach((row, i) => {
    row.forEach((sum, j) => {
      const valid = Math.min(task.count, columns - j * task.count)
      if (task.lanes === undefined) oneByOne(task, { sum, valid }, i, j)
      else {
        task.writer.setLaneRegister(task.s.value, sum)
        inPlace(task, i, j * task.count, () => task.lanes && task.epilogue.lanes(task.lanes, valid))
      }
    })
  })
}

const inPlace = ({ writer, s }: Task, row: number, column: number, write: () => void): void =>
  writer.displaced(
    [
      [s.row, row],
      [s.column, column],
    ],
    write,
  )

const extracts = { 32: 'f32x4.extract_lane', 64: 'f64x2.extract_lane' } as const

/** The body for each lane by itself, where it cannot have lanes. */
function oneByOne(task: Task, { sum, valid }: { sum: number; valid: number }, row: number, vector: number): void {
  const { writer, s, width, count } = task
  for (let lane = 0; lane < valid; lane++) {
    writer.code.get(sum)
    writer.code.op(extracts[width], lane)
    writer.code.set(writer.register(s.value, s.type))
    inPlace(task, row, vector * count + lane, () => task.epilogue.single())
  }
}

/** Writes the inner loop of a tile. @returns the registers of its sums, by row and vector. */
function sumsOf({ writer, s, width, a, b }: Task, tile: Tile): number[][] {
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
  const [pointerA, pointerB] = [walking(writer, a), walking(writer, b)]
  const step = (k: number): void => {
    row.forEach((register, j) => {
      code.get(pointerB.register)
      code.memory('v128.load', 2, pointerB.offset + j * 16 + k * s.b.rowStride * size)
      code.set(register)
    })
    sums.forEach((rowSums, i) => term({ rowSums, i, k }))
  }
  const term = ({ rowSums, i, k }: { rowSums: readonly number[]; i: number; k: number }): void => {
    const element = code.local('v128')
    code.get(pointerA.register)
    code.memory(
      width === 32 ? 'v128.load32_splat' : 'v128.load64_splat',
      2,
      pointerA.offset + (i * s.a.rowStride + k * s.a.columnStride) * size,
    )
    code.set(element)
    rowSums.forEach((sum, j) => {
      code.get(sum)
      code.get(element)
      code.get(row[j] ?? sum)
      const { mul, add } = vectorBinary[s.type]
      if (mul !== undefined) apply(code, mul)
      if (add !== undefined) apply(code, add)
      code.set(sum)
    })
  }
  const turns = Math.floor(s.inner / UNROLL)
  const left = code.local('i32')
  code.i32(turns)
  code.set(left)
  const turn = (): void => {
    for (let k = 0; k < UNROLL; k++) step(k)
    writer.add(pointerA.register, UNROLL * s.a.columnStride * size)
    writer.add(pointerB.register, UNROLL * s.b.rowStride * size)
  }
  if (turns > 0) {
    writer.loop(turn, () => {
      code.get(left)
      code.i32(1)
      code.op('i32.sub')
      code.tee(left)
    })
  }
  for (let k = 0; k < s.inner % UNROLL; k++) step(k)
  return sums
}

/** A pointer of its own for the inner loop. */
function walking(writer: KernelWriter, address: Address): { register: number; offset: number } {
  const register = writer.code.local('i32')
  const offset = writer.address(address)
  writer.code.set(register)
  return { register, offset }
}
