/** The operations of an atlas: those of one or two float32 numbers that give one, each number by itself. */
import { InputError } from '../../errors.js'
import { Builder } from '../../ir/builder.js'
import { operationOf, type OpName, opNames } from '../../ir/ops/index.js'
import type { NumericTensor, Operation } from '../../ir/ops/operation.js'
import { BATCH, type Program, type TensorType } from '../../ir/program.js'
import { didYouMean } from '../../nearest.js'
import { isMatch } from '../../pattern.js'

type AnyOperation = Operation<unknown>

/** An operation with the number of its operands. */
export interface AtlasOperation {
  readonly name: OpName
  readonly arity: 1 | 2
}

const NUMBERS: TensorType = { dtype: 'float32', shape: [BATCH] }
const NAMES = ['x', 'y']

/** Operations with attributes are none of them: `cast` for one. */
function isOfNumbers(name: OpName, arity: 1 | 2): boolean {
  const { isElementwise = false, infer, arity: own } = operationOf(name) as AnyOperation
  return (
    isElementwise &&
    own === arity &&
    infer(
      Array.from({ length: arity }, () => NUMBERS),
      {},
    ).dtype === 'float32'
  )
}

/** All of them: those of one operand first. */
export const atlasOperations: readonly AtlasOperation[] = ([1, 2] as const).flatMap((arity) =>
  opNames.filter((name) => isOfNumbers(name, arity)).map((name) => ({ name, arity })),
)

/** The operations whose names match one of the patterns. @throws InputError for a pattern that matches none. */
export function operationsMatching(option: string, patterns: readonly string[]): AtlasOperation[] {
  const all = atlasOperations.map(({ name }) => name)
  const idle = patterns.find((pattern) => !all.some((name) => isMatch(pattern, name)))
  if (idle === undefined) {
    return atlasOperations.filter(({ name }) => patterns.some((pattern) => isMatch(pattern, name)))
  }
  const expected = `expected operations of float32 numbers (${all.join(', ')}), or patterns of their names`
  throw new InputError('isograd', `${option}: ${expected}, got "${idle}"${didYouMean(idle, all)}`)
}

/** The program of one operation over as many numbers as there are. */
export function programOf({ name, arity }: AtlasOperation): Program {
  const b = new Builder(name)
  const operands = NAMES.slice(0, arity).map((operand) => b.xs(operand, NUMBERS))
  return b.finish({ carry: {}, ys: { z: b.emit(name, operands, {}) } })
}

/** Operands by the names that the program gives them. */
export function named<T>(operands: readonly T[]): [name: string, operand: T][] {
  return operands.flatMap((operand, i) => NAMES.slice(i, i + 1).map((name): [string, T] => [name, operand]))
}

/** The operation in float64. */
export function exactly({ name }: AtlasOperation, operands: readonly ArrayLike<number>[]): Float64Array {
  const tensors = operands.map((data): NumericTensor => ({ shape: [data.length], data }))
  const [x] = tensors
  if (x === undefined) return new Float64Array()
  return (operationOf(name) as AnyOperation).evaluate(tensors, {}, x.shape)
}
