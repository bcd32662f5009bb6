/**
 * Matrix products: tiles of rows by vectors of columns, what becomes of their elements, and narrower tiles at the edges.
 */
import { bytesOf, type Product } from '../loops/loops.js'
import { isDealtByRows } from '../loops/shares.js'
import { addressOf, own, ownTerm } from './addresses.js'
import { inUnits } from './dealing.js'
import { type Lanes, lanesOfBody } from './lanes.js'
import { type Operands, packed, sumsOf, turns } from './microkernel.js'
import { isByRows, isPacked, LANES, VECTOR } from './tiling.js'
import { lanesOf, widths } from './vector.js'
import { lengthOf, matricesOf } from '../loops/walk.js'
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

/** The values that do not change from tile to tile. */
interface Task extends Operands {
  readonly epilogue: Epilogue
  readonly count: number
  readonly lanes: Lanes | undefined
  /** Tells that the body is too long to be written for each element of a tile. */
  readonly isLong: boolean
  /** True where threads have columns of their own: then each has all rows of them. */
  readonly isByColumns: boolean
}

/** Tiles for few rows or few columns; the one of 4 x 2 is the fastest where there are enough. */
function tileFor(rows: number, vectors: number): Tile {
  if (vectors === 1) return { rows: Math.min(rows, 8), vectors: 1 }
  if (rows < 3) return { rows, vectors: Math.min(vectors, rows === 1 ? 8 : 4) }
  return { rows: Math.min(rows, 4), vectors: 2 }
}

/** Parts of a body from which on it is long. */
const LONG = 16

/** A matrix product with what becomes of its elements. */
export function product(writer: KernelWriter, s: Product, epilogue: Epilogue): void {
  const width = widths[s.type]
  const areTyped = s.a.buffer.type === s.type && s.b.buffer.type === s.type
  if (width === undefined || !areTyped || s.b.columnStride !== 1 || s.a.rowStride < 0) {
    throw new Error(`wasm: no product of ${s.a.buffer.name} and ${s.b.buffer.name}`)
  }
  if (s.rows === 0 || s.columns === 0) return
  const [a, b] = matricesOf(s).map(({ buffer, index }) => writer.addresses.of(buffer, index))
  if (a === undefined || b === undefined) throw new Error('wasm: a product has two operands')
  const lanes = lanesOfBody(s.column, s.body, [{ local: s.value, type: s.type }])
  const bytes = s.b.rowStride * bytesOf[s.type]
  const task: Task = {
    writer,
    s,
    epilogue,
    width,
    count: lanesOf[width],
    lanes,
    isLong: lengthOf(s.body) > LONG,
    isByColumns: false,
    a,
    b: { address: b, bytes },
  }
  const write = isByRows(s) ? rowsOfTiles : allColumns
  if (lanes === undefined) write(task)
  else epilogue.around(lanes, () => write(task))
}

/** Tiles side by side, one row of them below the other, from a B that is packed before. */
function rowsOfTiles(task: Task): void {
  const { writer, s, count } = task
  const { rows, vectors } = tileFor(s.rows, Math.ceil(s.columns / count))
  const to = addressOf([ownTerm, { local: s.column, bytes: s.inner * bytesOf[s.type] }], 0, LANES)
  writer.addresses.need(to)
  along(task, vectors, (columns, narrow) => packed(task, to, narrow))
  const row = (height: number): void =>
    along(task, vectors, (columns, narrow) => {
      const b = { address: to, bytes: narrow * VECTOR }
      oneTile({ ...task, b }, { rows: height, vectors: narrow }, columns)
    })
  const full = Math.floor(s.rows / rows)
  const rest = s.rows % rows === 0 ? undefined : (): void => row(s.rows % rows)
  inUnits(writer, { local: s.row, unit: rows, whole: full, isDealt: writer.dealt.has(s) }, () => row(rows), rest)
}

/** Writes for all columns, so many vectors at a time. */
function along({ writer, s, count }: Task, vectors: number, write: (columns: number, vectors: number) => void): void {
  const wide = vectors * count
  const rest = s.columns % wide
  writer.start(s.column)
  writer.repeat(s.column, Math.floor(s.columns / wide), wide, () => write(wide, vectors))
  if (rest > 0) write(rest, Math.ceil(rest / count))
}

function allColumns(task: Task): void {
  const { writer, s, count } = task
  const tile = tileFor(s.rows, Math.ceil(s.columns / count))
  const wide = tile.vectors * count
  const whole = Math.floor(s.columns / wide)
  const rest = s.columns - whole * wide
  const all: Task = { ...task, isByColumns: writer.dealt.has(s) && !isDealtByRows(s) }
  const narrower = rest === 0 ? undefined : (): void => allRows(all, tileFor(s.rows, Math.ceil(rest / count)), rest)
  const units = { local: s.column, unit: wide, whole, isDealt: all.isByColumns }
  inUnits(writer, units, () => allRows(all, tile, wide), narrower)
}

/** Tiles one below the other, and a lower one for the rows that are left. */
function allRows(all: Task, { rows, vectors }: Tile, columns: number): void {
  const { writer, s } = all
  const narrow = Math.min(vectors, Math.ceil(columns / all.count))
  const task = isPacked(s) ? { ...all, b: packed(all, addressOf([ownTerm], 0, LANES), narrow) } : all
  const isDealt = writer.dealt.has(s) && !task.isByColumns
  const [whole, left] = [Math.floor(s.rows / rows), s.rows % rows]
  const isMoving = (height: number): boolean => task.isLong && height > 1
  const one = (height: number): void =>
    (isMoving(height) ? rowByRow : oneTile)(task, { rows: height, vectors: narrow }, columns)
  const units = { local: s.row, unit: rows, whole, isDealt, moves: isMoving(rows) }
  inUnits(writer, units, () => one(rows), left === 0 ? undefined : () => one(left))
}

/** A tile whose body is written for each element. @param columns those of the tile; the last vector may have fewer lanes. */
function oneTile(task: Task, tile: Tile, columns: number): void {
  sumsOf(task, tile).forEach((sums, i) => sums.forEach((sum, j) => become(task, { sum, columns }, i, j)))
}

/** A tile whose sums go through memory, so that a long body is written once for all rows. */
function rowByRow(task: Task, tile: Tile, columns: number): void {
  const { writer, s } = task
  const { code } = writer
  const [place, sum] = [code.local('i32'), code.local('v128')]
  writer.pointer(own)
  code.set(place)
  sumsOf(task, tile)
    .flat()
    .forEach((one, i) => {
      code.get(place)
      code.get(one)
      code.memory('v128.store', 2, i * VECTOR)
    })
  turns(writer, tile.rows, () => {
    for (let j = 0; j < tile.vectors; j++) {
      code.get(place)
      code.memory('v128.load', 2, j * VECTOR)
      code.set(sum)
      become(task, { sum, columns }, 0, j)
    }
    writer.add(place, tile.vectors * VECTOR)
    writer.advance(s.row, 1)
  })
}

/** The work on a vector of a tile. */
function become(task: Task, { sum, columns }: { sum: number; columns: number }, row: number, vector: number): void {
  const { lanes, count, writer, s, epilogue } = task
  const valid = Math.min(count, columns - vector * count)
  if (lanes === undefined) return oneByOne(task, { sum, valid }, row, vector)
  writer.setLaneRegister(s.value, sum)
  inPlace(task, row, vector * count, () => epilogue.lanes(lanes, valid))
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
