/**
 * A backend as someone might write it on TensorFlow.js in an afternoon: dense weights are kept transposed, and a product
 * with the bias behind it is one call of `tf.fused.matMul`. On wasm that call is wrong for more than 48 inputs when a
 * transpose flag is set: the bias is added once for each block of 48 (TensorFlow.js 4.22.0). All else is the reference.
 */
import {
  type Backend,
  concreteShape,
  type NumericTensor,
  operationOf,
  type Operation,
  type Program,
  type ProgramNode,
  referenceBackend,
  scanByStep,
  type StepFunction,
  type Tensor,
  tensor,
  type TensorMap,
  type ValueId,
  valueTypes,
  verify,
} from '@isograd/core'
import type * as tfjs from '@tensorflow/tfjs'

type TensorFlow = typeof tfjs
type Values = Map<ValueId, NumericTensor>

function valueOf(values: Values, id: ValueId | undefined): NumericTensor {
  const value = id === undefined ? undefined : values.get(id)
  if (value === undefined) throw new Error(`value %${id ?? ''} is not there`)
  return value
}

function matrix(tf: TensorFlow, { data, shape }: NumericTensor): tfjs.Tensor2D {
  return tf.tensor2d(Float32Array.from(data), [shape[0] ?? 0, shape[1] ?? 0])
}

/** The product that a sum is of, where the sum is a dense layer's: x W + bias. */
function denseProduct(program: Program, node: ProgramNode): ProgramNode | undefined {
  const product = program.nodes.find(({ id }) => id === node.inputs[0])
  const isDense = node.op === 'add' && product?.op === 'matmul' && node.stage === 'forward'
  return isDense ? product : undefined
}

function fused(tf: TensorFlow, values: Values, product: ProgramNode, bias: NumericTensor): Float32Array {
  return tf.tidy(() => {
    const x = matrix(tf, valueOf(values, product.inputs[0]))
    const kept = tf.transpose(matrix(tf, valueOf(values, product.inputs[1])))
    const settings = {
      a: x,
      b: kept,
      transposeA: false,
      transposeB: true,
      bias: tf.tensor1d(Float32Array.from(bias.data)),
    }
    return Float32Array.from(tf.fused.matMul(settings).dataSync())
  })
}

function evaluate(node: ProgramNode, values: Values, batch: number): Float64Array {
  const inputs = node.inputs.map((id) => valueOf(values, id))
  const operation = operationOf(node.op) as Operation<unknown>
  return operation.evaluate(inputs, node.attributes, concreteShape(node.type.shape, batch))
}

function stepOf(tf: TensorFlow, program: Program, constants: TensorMap): StepFunction {
  const types = valueTypes(program)
  return (carry, x, batch) => {
    const values: Values = new Map()
    const given = { constants, carry, xs: x }
    for (const role of ['constants', 'carry', 'xs'] as const) {
      for (const { id, name } of program.inputs[role]) values.set(id, given[role][name] as Tensor)
    }
    for (const node of program.nodes) {
      const product = denseProduct(program, node)
      const result =
        product === undefined
          ? evaluate(node, values, batch)
          : fused(tf, values, product, valueOf(values, node.inputs[1]))
      values.set(node.id, tensor(node.type.dtype, concreteShape(node.type.shape, batch), result))
    }
    const read = (role: 'carry' | 'ys'): TensorMap =>
      Object.fromEntries(
        program.outputs[role].map(({ name, value }) => {
          const { shape, data } = valueOf(values, value)
          return [name, tensor(types.get(value)?.dtype ?? 'float32', shape, data)]
        }),
      )
    return { carry: read('carry'), y: read('ys') }
  }
}

/** The backend, on whichever backend of TensorFlow.js is active. */
export function fusedBackend(tf: TensorFlow): Backend {
  return {
    ...referenceBackend(),
    name: 'fused',
    compile: async (program, constants) =>
      scanByStep(verify(program), constants, 'fused', stepOf(tf, program, constants)),
  }
}
