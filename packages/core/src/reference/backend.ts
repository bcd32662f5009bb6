/**
 * The reference backend: float64, slow, obvious, and the definition of what every program computes. Each operation is
 * evaluated in float64 and rounded once to its dtype; there is no fusion, no blocking and no order but the textbook's.
 */
import type { Backend, Executable } from '../backend/contract.js'
import { scanByStep, type StepFunction } from '../backend/scan.js'
import { BackendError } from '../errors.js'
import { operationOf } from '../ir/ops/index.js'
import type { NumericTensor, Operation } from '../ir/ops/operation.js'
import {
  concreteShape,
  type Program,
  type ProgramNode,
  type TensorType,
  type ValueId,
  valueTypes,
} from '../ir/program.js'
import { verify } from '../ir/verify.js'
import { type Tensor, tensor, type TensorMap } from '../tensor.js'
import { version } from '../version.js'

type Environment = Map<ValueId, NumericTensor>

function round(type: TensorType, values: Float64Array): Float64Array {
  if (type.dtype === 'float32') for (let i = 0; i < values.length; i++) values[i] = Math.fround(values[i] as number)
  return values
}

function valueOf(environment: Environment, id: ValueId): NumericTensor {
  const value = environment.get(id)
  if (value === undefined) throw new BackendError('reference', `value %${id} is read before it is computed`)
  return value
}

/** The values of a node before they are rounded to its dtype. */
export type NodeEvaluation = (
  node: ProgramNode,
  inputs: readonly NumericTensor[],
  shape: readonly number[],
) => Float64Array

/** The definition: each operation in float64. */
export const inFloat64: NodeEvaluation = ({ op, attributes }, inputs, shape) =>
  (operationOf(op) as Operation<unknown>).evaluate(inputs, attributes, shape)

function evaluateNode(environment: Environment, node: ProgramNode, batch: number, evaluate: NodeEvaluation): void {
  const shape = concreteShape(node.type.shape, batch)
  const inputs = node.inputs.map((id) => valueOf(environment, id))
  environment.set(node.id, { shape, data: round(node.type, evaluate(node, inputs, shape)) })
}

function collect(program: Program, role: 'carry' | 'ys', environment: Environment): TensorMap {
  const types = valueTypes(program)
  return Object.fromEntries(
    program.outputs[role].map(({ name, value }): [string, Tensor] => {
      const { shape, data } = valueOf(environment, value)
      return [name, tensor(types.get(value)?.dtype ?? 'float64', shape, data)]
    }),
  )
}

/** One step of a program, node by node. */
function stepOf(program: Program, constants: TensorMap, evaluate: NodeEvaluation): StepFunction {
  const { inputs, nodes } = program
  return (carry, x, batch) => {
    const environment: Environment = new Map()
    const bind = (declared: Program['inputs']['xs'], values: TensorMap): void => {
      for (const { id, name } of declared) environment.set(id, values[name] as Tensor)
    }
    bind(inputs.constants, constants)
    bind(inputs.carry, carry)
    bind(inputs.xs, x)
    for (const node of nodes) evaluateNode(environment, node, batch, evaluate)
    return { carry: collect(program, 'carry', environment), y: collect(program, 'ys', environment) }
  }
}

/** A backend that evaluates nodes one by one. It holds nothing, so `dispose` has nothing to free. */
export function evaluatingBackend(name: string, arithmetic: string, evaluate: NodeEvaluation): Backend {
  let disposed = false
  const requireLive = (what: string): void => {
    if (disposed) throw new BackendError(name, `${what} after dispose`)
  }
  return {
    name,
    info: {
      versions: { '@isograd/core': version },
      device: 'cpu',
      threads: 1,
      dtypes: ['float32', 'float64', 'int32', 'uint8', 'bool'],
      options: { arithmetic },
    },
    async compile(program: Program, constants: TensorMap): Promise<Executable> {
      requireLive(`compile of "${program.name}"`)
      const executable = scanByStep(verify(program), constants, name, stepOf(program, constants, evaluate))
      return {
        async scan(carry, xs) {
          requireLive(`scan of "${program.name}"`)
          return executable.scan(carry, xs)
        },
        dispose: () => executable.dispose(),
      }
    },
    async dispose() {
      disposed = true
    },
    memory: async () => ({ bytes: 0, tensors: 0 }),
  }
}

/** The reference backend. */
export function referenceBackend(): Backend {
  return evaluatingBackend('reference', 'float64, rounded once per operation', inFloat64)
}
