/**
 * Tables that are too large to lie with a backend: their batches are gathered on the host and given to each step, in the place
 * of whole columns and the numbers of rows. The values that a program meets are the same, and so are its results, bit for bit.
 */
import type { DataSpec } from '../experiment/arm.js'
import { allocate, bytesPerElement, elementCount, type Tensor, type TensorMap } from '../tensor.js'
import { names } from './names.js'
import type { PlanTable } from './tables.js'

/** Bytes of columns that lie with a backend unless an experiment says otherwise; backends may hold a byte in four. */
const RESIDENT_BYTES = 2 ** 28

/** Bytes that are gathered at once, about. */
const PIECE_BYTES = 2 ** 25

function bytesOf({ dtype, shape }: Tensor): number {
  return bytesPerElement[dtype] * elementCount(shape)
}

/** True where the columns of a table are to be streamed. */
export function isStreamed(columns: TensorMap, { stream = 'auto' }: DataSpec): boolean {
  if (stream !== 'auto') return stream
  return Object.values(columns).reduce((sum, column) => sum + bytesOf(column), 0) > RESIDENT_BYTES
}

/** Names, and columns, of the fields of a table. */
function columnsOf({ inputs, target, weights, constants }: PlanTable): (readonly [string, Tensor])[] {
  const keys = new Set([...inputs, target, weights].flatMap((named) => (named ? [names.field(named.name)] : [])))
  return Object.entries(constants).filter(([key]) => keys.has(key))
}

/** The tensors of a table that lie with a backend. */
export function residentOf(table: PlanTable): TensorMap {
  if (!table.isStreamed) return table.constants
  const streamed = new Set(columnsOf(table).map(([key]) => key))
  return Object.fromEntries(Object.entries(table.constants).filter(([key]) => !streamed.has(key)))
}

/** Steps of a batch size whose inputs may be made at once. */
export function stepsAtOnce(table: PlanTable, batch: number): number {
  if (!table.isStreamed) return Number.POSITIVE_INFINITY
  const bytes = columnsOf(table).reduce((sum, [, column]) => sum + bytesOf(column) / table.samples.count, 0)
  return Math.max(1, Math.floor(PIECE_BYTES / (batch * bytes)))
}

/** Rows of a column, one after the other. */
function gather({ dtype, shape, data }: Tensor, rows: Tensor): Tensor {
  const [, ...sample] = shape
  const size = elementCount(sample)
  const out = allocate(dtype, rows.data.length * size)
  for (let i = 0; i < rows.data.length; i++) {
    const from = Number(rows.data[i]) * size
    out.set(data.subarray(from, from + size), i * size)
  }
  return { dtype, shape: [...rows.shape, ...sample], data: out } as Tensor
}

/** The part of a step's inputs that says its samples: their numbers, [steps, batch], or the samples themselves. */
export function batchInputs(table: PlanTable, rows: Tensor): TensorMap {
  if (!table.isStreamed) return { [names.rows]: rows }
  return Object.fromEntries(columnsOf(table).map(([key, column]) => [key, gather(column, rows)]))
}
