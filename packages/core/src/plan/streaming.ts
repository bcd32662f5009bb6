/**
 * Tables that are too large to lie with a backend: their batches are gathered on the host and given to each step, in the place
 * of whole columns and the numbers of rows. The values that a program meets are the same, and so are its results, bit for bit.
 */
import { boundColumn, boundDType, type Column, type Field } from '../data/field.js'
import type { DataSpec } from '../experiment/arm.js'
import { allocate, bytesPerElement, elementCount, type FloatDType, type Tensor, type TensorMap } from '../tensor.js'
import { names } from './names.js'
import type { PlanTable } from './tables.js'

/** Bytes of columns that lie with a backend unless an experiment says otherwise; backends may hold a byte in four. */
const RESIDENT_BYTES = 2 ** 28

/** Bytes that are gathered at once, about. */
const PIECE_BYTES = 2 ** 25

/** A column as it is stored, and what makes of it the values that programs are bound to. */
export interface StoredField {
  readonly field: Field
  readonly column: Column
  readonly precision: FloatDType
}

/** Bytes that a sample has in bound columns. */
function bytesOfSample(fields: Iterable<StoredField>): number {
  let bytes = 0
  for (const { field, precision } of fields) {
    bytes += bytesPerElement[boundDType(field, precision)] * elementCount(field.shape)
  }
  return bytes
}

/** Bytes of columns that are to lie with a backend though that many are streamed unless an experiment says otherwise. */
export function residentExcess({ fields, samples, isStreamed: streamed }: PlanTable): number {
  const bytes = streamed ? 0 : bytesOfSample(fields.values()) * samples.count
  return bytes > RESIDENT_BYTES ? bytes : 0
}

/** True where the columns of so many samples are to be streamed. */
export function isStreamed(fields: Iterable<StoredField>, count: number, { stream = 'auto' }: DataSpec): boolean {
  return stream === 'auto' ? bytesOfSample(fields) * count > RESIDENT_BYTES : stream
}

/** Steps of a batch size whose inputs may be made at once. */
export function stepsAtOnce(table: PlanTable, batch: number): number {
  if (!table.isStreamed) return Number.POSITIVE_INFINITY
  return Math.max(1, Math.floor(PIECE_BYTES / (batch * bytesOfSample(table.fields.values()))))
}

/** Rows of a stored column, one after the other, as programs are bound to them. @param shape of the rows. */
export function boundRows(
  { field, column, precision }: StoredField,
  rows: ArrayLike<number>,
  shape: readonly number[] = [rows.length],
): Tensor {
  const size = elementCount(field.shape)
  const data = allocate(column.dtype, rows.length * size)
  for (let i = 0; i < rows.length; i++) {
    const from = Number(rows[i]) * size
    data.set(column.data.subarray(from, from + size), i * size)
  }
  return boundColumn(field, { dtype: column.dtype, shape: [...shape, ...field.shape], data } as Column, precision)
}

/** The part of a step's inputs that says its samples: their numbers, [steps, batch], or the samples themselves. */
export function batchInputs(table: PlanTable, rows: Tensor): TensorMap {
  if (!table.isStreamed) return { [names.rows]: rows }
  const gathered = [...table.fields].map(([name, stored]) => [
    names.field(name),
    boundRows(stored, rows.data, rows.shape),
  ])
  return Object.fromEntries(gathered) as TensorMap
}
