/** A backend that is wrong on purpose: an interpreter of its own whose operations and scans can be replaced. */
import type { Backend, Executable, ScanResult } from '../src/backend/contract.js'
import { scanByStep } from '../src/backend/scan.js'
import { type OpAttributes, operationOf, type OpName } from '../src/ir/ops/index.js'
import type { NumericTensor, Operation } from '../src/ir/ops/operation.js'
import { concreteShape, type Program, type ValueId, valueTypes } from '../src/ir/program.js'
import { verify } from '../src/ir/verify.js'
import { referenceBackend } from '../src/reference/backend.js'
import { type Tensor, tensor, type TensorMap } from '../src/tensor.js'

/** Evaluation of an operation in place of the right one, which is handed in as `right`. */
export type Evaluation<K extends OpName> = (
  inputs: readonly NumericTensor[],
  attributes: OpAttributes[K],
  shape: readonly number[],
  right: Operation<OpAttributes[K]>['evaluate'],
) => Float64Array

/** What is wrong. */
export interface Faults {
  readonly operations?: { readonly [K in OpName]?: Evaluation<K> }
  /** Takes the place of scan; `right` has the right one. */
  readonly scan?: (right: Executable, carry: TensorMap, xs: TensorMap) => Promise<ScanResult>
  readonly compile?: (right: Backend['compile'], program: Program, constants: TensorMap) => Promise<Executable>
}

function evaluateOne(
  node: Program['nodes'][number],
  inputs: readonly NumericTensor[],
  shape: readonly number[],
  faults: Faults,
): Float64Array {
  const { evaluate } = operationOf(node.op) as Operation<unknown>
  const wrong = faults.operations?.[node.op] as
    | ((...all: [typeof inputs, unknown, typeof shape, typeof evaluate]) => Float64Array)
    | undefined
  return wrong === undefined
    ? evaluate(inputs, node.attributes, shape)
    : wrong(inputs, node.attributes, shape, evaluate)
}

function interpret(program: Program, given: readonly TensorMap[], batch: number, faults: Faults): Map<ValueId, Tensor> {
  const { constants, carry, xs } = program.inputs
  const values = new Map<ValueId, Tensor>()
  for (const [role, declared] of [constants, carry, xs].entries()) {
    for (const { id, name } of declared) values.set(id, given[role]?.[name] as Tensor)
  }
  for (const node of program.nodes) {
    const shape = concreteShape(node.type.shape, batch)
    const inputs = node.inputs.map((id) => values.get(id) as Tensor)
    values.set(node.id, tensor(node.type.dtype, shape, evaluateOne(node, inputs, shape, faults)))
  }
  return values
}

function compileFaulty(program: Program, constants: TensorMap, faults: Faults): Executable {
  const types = valueTypes(verify(program))
  const right = scanByStep(program, constants, 'faulty', (carry, x, batch) => {
    const values = interpret(program, [constants, carry, x], batch, faults)
    const named = (role: 'carry' | 'ys'): TensorMap =>
      Object.fromEntries(
        program.outputs[role].map(({ name, value }) => [
          name,
          { ...values.get(value), dtype: types.get(value)?.dtype } as Tensor,
        ]),
      )
    return { carry: named('carry'), y: named('ys') }
  })
  const { scan } = faults
  return scan === undefined ? right : { ...right, scan: (carry, xs) => scan(right, carry, xs) }
}

/** A backend with the given faults; without any it is right. */
export function faultyBackend(faults: Faults): Backend {
  const right: Backend['compile'] = async (program, constants) => compileFaulty(program, constants, faults)
  const { compile } = faults
  return {
    ...referenceBackend(),
    name: 'faulty',
    compile: compile === undefined ? right : (program, constants) => compile(right, program, constants),
  }
}
