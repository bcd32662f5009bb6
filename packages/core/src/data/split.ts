/**
 * The split of one table into training, validation and test rows: drawn by a seed, and where the target has categories so
 * that each has its share of every part. Rows of a part keep the order of the file, and are put in their places without
 * a second copy of the table.
 */
import { FieldError } from '../errors.js'
import { RandomStream } from '../random/stream.js'
import { rows } from '../tensor.js'
import type { Column } from './field.js'
import type { RawColumn, RawTable, RawTables } from './raw.js'

/** Fractions of the rows that are held out. */
export interface SplitSpec {
  /** Fraction of the rows to judge by. */
  readonly test?: number
  /** Fraction of the rows that choose the epoch. */
  readonly validation?: number
  readonly seed: number
  /** False: rows are drawn without regard to categories. */
  readonly stratify: boolean
}

const TRAIN = 0
const VALIDATION = 1
const TEST = 2

/** Row numbers by stratum: those of each category, or all rows as one. */
function strataOf(raw: RawColumn | undefined, count: number): Int32Array[] {
  if (raw === undefined) return [new Int32Array(count).map((_, row) => row)]
  const values = raw.kind === 'texts' ? raw.places : raw.values.data
  const strata = new Map<number, number[]>()
  for (let row = 0; row < count; row++) {
    const value = values[row] as number
    const stratum = strata.get(value)
    if (stratum === undefined) strata.set(value, [row])
    else stratum.push(row)
  }
  return [...strata].toSorted(([a], [b]) => a - b).map(([, stratum]) => Int32Array.from(stratum))
}

/** Whole shares of the strata that add up to `total`: each rounded down, the largest remainders up. */
function shares(sizes: readonly number[], fraction: number, total: number): number[] {
  const exact = sizes.map((size) => size * fraction)
  const whole = exact.map(Math.floor)
  const order = exact.map((value, i) => ({ i, rest: value - (whole[i] as number) })).toSorted((a, b) => b.rest - a.rest)
  let left = total - whole.reduce((sum, value) => sum + value, 0)
  for (const { i } of order) if (left-- > 0) whole[i] = (whole[i] as number) + 1
  return whole
}

/** The part that each row goes to. */
function partsOf(
  strata: readonly Int32Array[],
  count: number,
  { test = 0, validation = 0, seed }: SplitSpec,
): Uint8Array {
  const parts = new Uint8Array(count)
  const sizes = strata.map(({ length }) => length)
  const tested = shares(sizes, test, Math.round(test * count))
  const validated = shares(sizes, validation, Math.round(validation * count))
  for (const [i, stratum] of strata.entries()) {
    const order = new RandomStream(seed, 'split', i + 1).permutation(stratum.length)
    const [first, second] = [tested[i] as number, (tested[i] as number) + (validated[i] as number)]
    for (let at = 0; at < second; at++) {
      parts[stratum[order[at] as number] as number] = at < first ? TEST : VALIDATION
    }
  }
  return parts
}

/** Moves rows so that row `i` is what row `order[i]` was: along the cycles of the order, with one row put aside. */
function reorder(data: Column['data'], width: number, order: Int32Array): void {
  const done = new Uint8Array(order.length)
  for (let start = 0; start < order.length; start++) {
    if (done[start] === 1 || order[start] === start) continue
    const aside = data.slice(start * width, (start + 1) * width)
    let at = start
    for (;;) {
      done[at] = 1
      const from = order[at] as number
      if (from === start) break
      data.copyWithin(at * width, from * width, (from + 1) * width)
      at = from
    }
    data.set(aside, at * width)
  }
}

function part(raw: RawColumn, start: number, stop: number): RawColumn {
  if (raw.kind === 'texts') return { ...raw, places: raw.places.subarray(start, stop) }
  return { ...raw, values: rows(raw.values, start, stop) as Column }
}

/**
 * The parts of a table, as views on its memory, whose rows are moved.
 * @param target the column whose categories are to have their share; undefined where there is none.
 * @throws FieldError where a part would be empty.
 */
export function splitTable(table: RawTable, spec: SplitSpec, target: string | undefined): RawTables {
  const { count, columns, file } = table
  const stratum = spec.stratify && target !== undefined ? columns[target] : undefined
  const parts = partsOf(strataOf(stratum, count), count, spec)
  const ends = [TRAIN, VALIDATION, TEST].map((each) => parts.reduce((sum, at) => sum + (at <= each ? 1 : 0), 0))
  const next = Int32Array.of(0, ...ends)
  const order = new Int32Array(count)
  for (let row = 0; row < count; row++) {
    const at = parts[row] as number
    order[next[at] as number] = row
    next[at] = (next[at] as number) + 1
  }
  for (const raw of Object.values(columns)) {
    if (raw.kind === 'texts') reorder(raw.places, 1, order)
    else reorder(raw.values.data, raw.values.data.length / count, order)
  }
  const tableOf = (field: string, start: number, stop: number): RawTable => {
    if (start === stop) throw new FieldError(`data.split${field}`, `${count} rows of ${file} leave this part empty`)
    const cut = Object.entries(columns).map(([name, raw]) => [name, part(raw, start, stop)])
    const placeOf = (row: number): string => table.placeOf(order[start + row] as number)
    return { count: stop - start, columns: Object.fromEntries(cut) as RawTable['columns'], file, placeOf }
  }
  const [train = 0, validation = 0, test = 0] = ends
  return {
    train: tableOf('', 0, train),
    ...(spec.validation !== undefined && { validation: tableOf('.validation', train, validation) }),
    ...(spec.test !== undefined && { test: tableOf('.test', validation, test) }),
  }
}
