/**
 * A WebAssembly routine that adds a block of a matrix product in float64: 4 rows by 4 columns at a time in registers, each
 * element's terms one after the other. So the results have the bits of the plain loop, at a fourth of its time.
 *
 * Rows and columns are packed by fours: for each four, the first terms of all, then the second ones, and so on.
 */

/** Most rows, terms and columns of a block: what is read again and again stays in the caches. */
export const BLOCK = { rows: 128, inner: 256, columns: 512 } as const

const BYTES = 8
const STARTS = { rows: 0, columns: BLOCK.rows * BLOCK.inner * BYTES }
const SUMS = STARTS.columns + BLOCK.columns * BLOCK.inner * BYTES
const SUM_ROW = BLOCK.columns * BYTES
const PAGE = 65_536
const PAGES = Math.ceil((SUMS + BLOCK.rows * SUM_ROW) / PAGE)

/** Packed rows, packed columns and the sums, [BLOCK.rows, BLOCK.columns], in the routine's memory. */
export interface ProductKernel {
  readonly rows: Float64Array
  readonly columns: Float64Array
  readonly sums: Float64Array
  /** Adds the products of fours of rows by fours of columns. */
  readonly add: (foursOfRows: number, foursOfColumns: number, inner: number) => void
}

/** A number in the format of the binary module, seven bits a byte; signed as constants are. */
function leb(value: number): number[] {
  const isLast = value >= 0 && value < 64
  return isLast ? [value] : [(value & 0x7f) | 0x80, ...leb(value >> 7)]
}

const section = (id: number, content: readonly number[]): number[] => [id, ...leb(content.length), ...content]
const name = (text: string): number[] => [text.length, ...new TextEncoder().encode(text)]

const I32 = 0x7f
const V128 = 0x7b
const END = 0x0b
const get = (local: number): number[] => [0x20, local]
const set = (local: number): number[] => [0x21, local]
const constant = (value: number): number[] => [0x41, ...leb(value)]
const added = (local: number, value: number): number[] => [...get(local), ...constant(value), 0x6a, ...set(local)]
const loop = (...body: readonly number[][]): number[] => [0x03, 0x40, ...body.flat(), END]
/** Takes one from a count and goes on with the loop while it is not 0. */
const again = (count: number): number[] => [...get(count), ...constant(1), 0x6b, 0x22, count, 0x0d, 0]
const load = (address: number, offset: number): number[] => [...get(address), 0xfd, 0x00, 3, ...leb(offset)]
const loadTwice = (address: number, offset: number): number[] => [...get(address), 0xfd, 0x0a, 3, ...leb(offset)]
const MULTIPLY = [0xfd, 0xf2, 0x01]
const ADD = [0xfd, 0xf0, 0x01]
const STORE = [0xfd, 0x0b, 3]

/** Parameters and variables by number; the eight sums and two pairs of columns are vectors of two. */
const [FOURS_OF_ROWS, FOURS_OF_COLUMNS, INNER, ROW, COLUMN, FIRST, SUM, ROWS_LEFT, TERMS_LEFT, FIRST_SUM] = [
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
] as const
const SUM_OF = Array.from({ length: 8 }, (_, i) => FIRST_SUM + i)
const COLUMN_PAIRS = [FIRST_SUM + 8, FIRST_SUM + 9] as const

/** Bytes from the address of a four by four to the part that vector `i` of the sums holds. */
const placeOf = (i: number): number => (i >> 1) * SUM_ROW + (i & 1) * 2 * BYTES

const body = [
  ...constant(STARTS.columns),
  ...set(FIRST),
  ...loop(
    constant(STARTS.rows),
    set(ROW),
    get(FOURS_OF_ROWS),
    set(ROWS_LEFT),
    loop(
      get(FIRST),
      set(COLUMN),
      SUM_OF.flatMap((local, i) => [...load(SUM, SUMS + placeOf(i)), ...set(local)]),
      get(INNER),
      set(TERMS_LEFT),
      loop(
        COLUMN_PAIRS.flatMap((local, i) => [...load(COLUMN, i * 2 * BYTES), ...set(local)]),
        SUM_OF.flatMap((local, i) => [
          ...get(local),
          ...loadTwice(ROW, (i >> 1) * BYTES),
          ...get(COLUMN_PAIRS[i & 1] as number),
          ...MULTIPLY,
          ...ADD,
          ...set(local),
        ]),
        added(ROW, 4 * BYTES),
        added(COLUMN, 4 * BYTES),
        again(TERMS_LEFT),
      ),
      SUM_OF.flatMap((local, i) => [...get(SUM), ...get(local), ...STORE, ...leb(SUMS + placeOf(i))]),
      added(SUM, 4 * SUM_ROW),
      again(ROWS_LEFT),
    ),
    get(COLUMN),
    set(FIRST),
    // Back to the first row, and on to the next four columns.
    [...get(SUM), ...get(FOURS_OF_ROWS), ...constant(4 * SUM_ROW), 0x6c, 0x6b, ...constant(4 * BYTES), 0x6a],
    set(SUM),
    again(FOURS_OF_COLUMNS),
  ),
]

const locals = [2, 6, I32, 10, V128]
const code = [...locals, ...body, END]

/** The beginning of every module: its mark and version 1. */
const HEADER = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0]

/** The module: one routine, and a memory of a fixed size. */
const MODULE = Uint8Array.from([
  ...HEADER,
  ...section(1, [1, 0x60, 3, I32, I32, I32, 0]),
  ...section(3, [1, 0]),
  ...section(5, [1, 0, ...leb(PAGES)]),
  ...section(7, [2, ...name('add'), 0, 0, ...name('memory'), 2, 0]),
  ...section(10, [1, ...leb(code.length), ...code]),
])

/** The part of the platform's WebAssembly that is used, whose types come with those of pages alone. */
interface Platform {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object) => {
    readonly exports: Pick<ProductKernel, 'add'> & { readonly memory: { readonly buffer: ArrayBuffer } }
  }
}

/** The routine, or `undefined` where there is no WebAssembly with vectors or a page forbids it. */
export function productKernel(): ProductKernel | undefined {
  const { WebAssembly: platform } = globalThis as unknown as { readonly WebAssembly?: Platform }
  if (platform === undefined) return undefined
  try {
    const { exports } = new platform.Instance(new platform.Module(MODULE))
    const { add, memory } = exports
    const { buffer } = memory
    return {
      rows: new Float64Array(buffer, STARTS.rows, BLOCK.rows * BLOCK.inner),
      columns: new Float64Array(buffer, STARTS.columns, BLOCK.columns * BLOCK.inner),
      sums: new Float64Array(buffer, SUMS, BLOCK.rows * BLOCK.columns),
      add,
    }
  } catch {
    return undefined
  }
}
