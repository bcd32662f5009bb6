/**
 * Results that a backend may return which declares a precision below that of its dtypes: results on operands that are read in it,
 * rounded, cut off or as they are, and stored in it where it stores. One product alone must be one of these within the
 * tolerance of its dtype; where results are stored in the format, or one follows another, roundings to it may fall
 * on the other side, and the tolerance is counted in its units.
 */
import type { Backend } from '../backend/contract.js'
import { declaredPrecision } from '../compare/operations/declared.js'
import { operationOf } from '../ir/ops/index.js'
import type { NumericTensor } from '../ir/ops/operation.js'
import { type Program, type ProgramNode, valueTypes } from '../ir/program.js'
import { readingsOf, type ReducedFormat, reducedFormats } from '../numerics/reduced-formats.js'
import { floatFormats } from '../numerics/rounding.js'
import { evaluatingBackend, inFloat64, referenceBackend } from '../reference/backend.js'
import type { FloatDType } from '../tensor.js'
import { type ToleranceUnits, unitsOf } from './case.js'

/** Backends of which one must be met, the reference first, and how nearly. */
export interface Declared {
  readonly references: readonly Backend[]
  readonly units: ToleranceUnits
}

/** The format that a backend is held to in place of a dtype; undefined where it declares none that is coarser. */
export function declaredFormat(backend: Backend, dtype: FloatDType = 'float64'): ReducedFormat | undefined {
  const declared = declaredPrecision(backend)
  const format = declared && reducedFormats[declared]
  return format !== undefined && format.unitRoundoff > floatFormats[dtype].unitRoundoff ? format : undefined
}

function isFloat(dtype: string | undefined): boolean {
  return dtype === 'float32' || dtype === 'float64'
}

/** True for the nodes whose operands the format may be read in. */
function isFreed({ op, type }: ProgramNode, { use }: ReducedFormat): boolean {
  return use === 'operands of products' ? operationOf(op).isProduct === true : isFloat(type.dtype)
}

/** The reference, reading and storing as a device of the format does. */
function readingBackend(program: Program, format: ReducedFormat, change: (value: number) => number): Backend {
  const types = valueTypes(program)
  const isStored = format.use !== 'operands of products'
  return evaluatingBackend('reference', format.label, (node, inputs, shape) => {
    const read = inputs.map((input, i): NumericTensor => {
      const id = node.inputs[i]
      const isRead = (isStored || isFreed(node, format)) && id !== undefined && isFloat(types.get(id)?.dtype)
      return isRead ? { ...input, data: Float64Array.from(input.data).map(change) } : input
    })
    const values = inFloat64(node, read, shape)
    return isStored && isFloat(node.type.dtype) ? values.map(format.round) : values
  })
}

/** The backends that a backend may be like on a program of a dtype, and the units of tolerances. */
export function declaredFor(backend: Backend, program: Program, dtype: FloatDType): Declared {
  const own = unitsOf(floatFormats[dtype])
  const format = declaredFormat(backend, dtype)
  const freed = format === undefined ? [] : program.nodes.filter((node) => isFreed(node, format))
  if (format === undefined || freed.length === 0) return { references: [referenceBackend()], units: own }
  const isExact = freed.length === 1 && format.use === 'operands of products'
  return {
    references: [referenceBackend(), ...readingsOf(format).map((change) => readingBackend(program, format, change))],
    units: isExact ? own : unitsOf(format),
  }
}
