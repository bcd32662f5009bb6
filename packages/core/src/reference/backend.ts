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

function evaluateNode(environment: Environment, node: ProgramNode, batch: number): void {
  const operation = operationOf(node.op) as Operation<unknown>
  const shape = concreteShape(node.type.shape, batch)
  const inputs = node.inputs.map((id) => valueOf(environment, id))
  const values = round(node.type, operation.evaluate(inputs, node.attributes, shape))
  environment.set(node.id, { shape, data: values })
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

/** One step of a program in float64. */
function stepOf(program: Program, constants: TensorMap): StepFunction {
  const { inputs, nodes } = program
  return (carry, x, batch) => {
    const environment: Environment = new Map()
    const bind = (declared: Program['inputs']['xs'], values: TensorMap): void => {
      for (const { id, name } of declared) environment.set(id, values[name] as Tensor)
    }
    bind(inputs.constants, constants)
    bind(inputs.carry, carry)
    bind(inputs.xs, x)
    for (const node of nodes) evaluateNode(environment, node, batch)
    return { carry: collect(program, 'carry', environment), y: collect(program, 'ys', environment) }
  }
}

/** A reference backend. It holds nothing, so `dispose` has nothing to free. */
export function referenceBackend(): Backend {
  let disposed = false
  const requireLive = (what: string): void => {
    if (disposed) throw new BackendError('reference', `${what} after dispose`)
  }
  return {
    name: 'reference',
    info: {
      versions: { '@isograd/core': version },
      device: 'cpu',
      threads: 1,
      dtypes: ['float32', 'float64', 'int32', 'uint8', 'bool'],
      options: { arithmetic: 'float64, rounded once per operation' },
    },
    async compile(program: Program, constants: TensorMap): Promise<Executable> {
      requireLive(`compile of "${program.name}"`)
      const executable = scanByStep(verify(program), constants, 'reference', stepOf(program, constants))
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
