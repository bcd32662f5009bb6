/**
 * Samples that a program may have given its network in the place of those of an experiment: prepared by other numbers, with
 * categories numbered otherwise, read in another order, or with the targets of other rows.
 */
import { boundDType, isEncodedOnHost, type NumbersEncoding, seenValue, storedValue } from '../../data/field.js'
import { names } from '../../plan/names.js'
import { boundRows, type StoredField } from '../../plan/streaming.js'
import type { PlanTable } from '../../plan/tables.js'
import { elementCount, type Tensor, tensor, type TensorMap } from '../../tensor.js'

/** Makes the rows of a field in a batch, as programs are bound to them. */
export type RowsOf = (stored: StoredField, rows: ArrayLike<number>) => Tensor

/** Makers of the rows in the place of those of the experiment, by field. */
export type OtherRows = Readonly<Record<string, RowsOf>>

/** The same tensor with another number at each place. */
function mapped(column: Tensor, change: (value: number, place: number) => number): Tensor {
  return { ...column, data: Float64Array.from(column.data as ArrayLike<number>, change) } as Tensor
}

/** The rows of a field as they are stored, in float64. */
export function storedRows({ field, column }: StoredField, rows: ArrayLike<number>): Tensor {
  const asStored = { ...field, dtype: 'float64', encoding: { kind: 'numbers' } } as const
  return boundRows({ field: asStored, column, precision: 'float64' }, rows)
}

/** The numbers of a field by another rule, or by one for each place of a sample. */
export function prepared(rules: readonly NumbersEncoding[]): RowsOf {
  return (stored, rows) => {
    const { field, precision } = stored
    const bound = mapped(storedRows(stored, rows), (value, i) => {
      const seen = seenValue(rules[i % rules.length] as NumbersEncoding, value)
      return isEncodedOnHost(field) ? seen : storedValue(field, seen)
    })
    return { ...bound, dtype: boundDType(field, precision) } as Tensor
  }
}

/** Categories under other numbers. */
export function numbered(numberOf: (category: number) => number): RowsOf {
  return (stored, rows) => mapped(boundRows(stored, rows), numberOf)
}

/** The numbers of each sample in another order: what stands at a place was at another. */
export function arranged(places: readonly number[]): RowsOf {
  const at = (i: number): number => i - (i % places.length) + Number(places[i % places.length])
  return (stored, rows) => {
    const column = boundRows(stored, rows)
    return mapped(column, (_, i) => Number(column.data[at(i)]))
  }
}

/** The field of other rows: those of the batch, and how many there are, give them. */
export function ofRows(other: (rows: readonly number[], count: number) => readonly number[]): RowsOf {
  return (stored, rows) => boundRows(stored, other(Array.from(rows), Number(stored.column.shape[0])))
}

/** The places of a sample's numbers if its axes had stood in another order, some of them backwards. */
export function placesOf(
  shape: readonly number[],
  order: readonly number[],
  backwards: readonly number[] = [],
): number[] {
  const strides = shape.map((_, axis) => elementCount(shape.slice(axis + 1)))
  return Array.from({ length: elementCount(shape) }, (_, place) => {
    let [rest, at] = [place, 0]
    for (const axis of order.toReversed()) {
      const length = Number(shape[axis])
      const index = rest % length
      at += (backwards.includes(axis) ? length - 1 - index : index) * Number(strides[axis])
      rest = (rest - index) / length
    }
    return at
  })
}

/** Constants and inputs that give a program the rows of one batch, those of some fields otherwise. */
export function batchOfOthers(table: PlanTable, { data: rows }: Tensor, others: OtherRows) {
  const columns = [...table.fields].map(([name, stored]): [string, Tensor] => [
    names.field(name),
    (others[name] ?? boundRows)(stored, rows),
  ])
  if (table.isStreamed) {
    const single = columns.map(([name, column]) => [name, { ...column, shape: [1, ...column.shape] }])
    return { constants: {}, xs: Object.fromEntries(single) as TensorMap }
  }
  const places = Array.from(rows, (_, i) => i)
  return {
    constants: Object.fromEntries(columns) as TensorMap,
    xs: { [names.rows]: tensor('int32', [1, places.length], places) } as TensorMap,
  }
}
