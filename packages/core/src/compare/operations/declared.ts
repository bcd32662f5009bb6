/**
 * The freedom of a backend that declares a precision below that of its dtypes: operands may be read in it, rounded or cut
 * off, and results may be stored in it. Nothing else is freer: on operands so read, sums are held to plain loops as ever.
 */
import type { Backend } from '../../backend/contract.js'
import { operationOf } from '../../ir/ops/index.js'
import type { NumericTensor } from '../../ir/ops/operation.js'
import type { ProgramNode } from '../../ir/program.js'
import {
  isReducedFormatName,
  readingsOf,
  type ReducedFormat,
  type ReducedFormatName,
  reducedFormats,
} from '../../numerics/reduced-formats.js'
import { type FloatFormat, floatFormats } from '../../numerics/rounding.js'

/** The precision that a backend declares, if there is such a one. */
export function declaredPrecision({ info: { precision } }: Backend): ReducedFormatName | undefined {
  return precision !== undefined && isReducedFormatName(precision) ? precision : undefined
}

/** Inputs as a node may take them, and the format of its result. */
export interface Reading {
  readonly inputs: readonly NumericTensor[]
  readonly format: FloatFormat
}

function isFloats({ data }: NumericTensor): boolean {
  return data instanceof Float32Array || data instanceof Float64Array
}

/** The readings that a declared precision allows, the inputs as they are first; none to an operation that it spares. */
export function declaredReadings(
  { op }: ProgramNode,
  inputs: readonly NumericTensor[],
  declared: ReducedFormatName,
): Reading[] {
  const reduced: ReducedFormat = reducedFormats[declared]
  const isOfProducts = reduced.use === 'operands of products'
  if (isOfProducts && operationOf(op).isProduct !== true) return []
  const accumulator = reduced.use === 'everything' ? reduced : floatFormats.float32
  const format: FloatFormat = isOfProducts ? floatFormats.float32 : { ...reduced, accumulator }
  return readingsOf(reduced).map((change) => ({
    format,
    inputs: inputs.map((input) =>
      isFloats(input) ? { ...input, data: Float64Array.from(input.data).map(change) } : input,
    ),
  }))
}
