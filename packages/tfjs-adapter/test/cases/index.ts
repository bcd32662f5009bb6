/** Cases of every operation; the table is total: an operation without a case does not compile. */
import { elementCount, tensor, type TensorMap } from '@isograd/core/backend'
import { Builder, type OpName, type Program } from '@isograd/core/ir'
import type { CaseInput, OperationCase } from './case.js'
import { elementwise } from './elementwise.js'
import { inner } from './inner.js'
import { moves } from './moves.js'
import { windows } from './windows.js'

/** Every operation. */
export const operationCases: { readonly [K in OpName]: readonly OperationCase[] } = {
  ...elementwise,
  ...inner,
  ...moves,
  ...windows,
}

/** The program of a case; its inputs are `xs`. */
export function programOf(op: OpName, { inputs, emit, scale, name }: OperationCase): Program {
  const b = new Builder(`${op}: ${name}`)
  const values = inputs.map(({ dtype, shape }, i) => b.xs(`x${i}`, { dtype, shape }))
  const y = emit(b, values)
  return b.finish({ carry: {}, ys: scale === undefined ? { y } : { y, scale: scale(b, values) } })
}

function concrete({ shape, data }: CaseInput): number[] {
  const fixed = elementCount(shape.map((length) => (length === 'batch' ? 1 : length)))
  return shape.map((length) => (length === 'batch' ? data.length / fixed : length))
}

/** One step of a case's inputs. */
export function inputsOf({ inputs }: OperationCase): TensorMap {
  return Object.fromEntries(
    inputs.map((input, i) => [`x${i}`, tensor(input.dtype, [1, ...concrete(input)], input.data)]),
  )
}
