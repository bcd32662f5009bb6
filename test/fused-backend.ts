/**
 * A backend as someone might write it on TensorFlow.js in an afternoon: dense weights are kept transposed, and a product
 * with the bias behind it is one call of `tf.fused.matMul`. On wasm that call is wrong where a transpose flag is set, in
 * two ways (TensorFlow.js 4.22.0): the bias is added once for each block of 48 inputs, and all rows behind the first
 * take the last element of the bias for each of their own. All else is the reference.
 */
import { referenceBackend, type Tensor, tensor, type TensorMap } from '@isograd/core'
import { type Backend, scanByStep, type StepFunction } from '@isograd/core/backend'
import {
  concreteShape,
  type NumericTensor,
  type Operation,
  operationOf,
  type Program,
  type ProgramNode,
  type ValueId,
  valueTypes,
  verify,
} from '@isograd/core/ir'
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

function isForwardProduct(node: ProgramNode): boolean {
  return node.op === 'matmul' && node.stage === 'forward'
}

/** What a node is of a dense layer, x W + bias: the product, or the sum with the product that it is of. */
function densePart(program: Program, node: ProgramNode): { product: ProgramNode; bias?: ValueId } | undefined {
  if (isForwardProduct(node)) return { product: node }
  const [first, bias] = node.inputs
  const product = program.nodes.find(({ id }) => id === first)
  if (node.op !== 'add' || product === undefined || bias === undefined) return undefined
  return isForwardProduct(product) ? { product, bias } : undefined
}

function fused(tf: TensorFlow, values: Values, product: ProgramNode, bias: ValueId | undefined): Float32Array {
  return tf.tidy(() => {
    const x = matrix(tf, valueOf(values, product.inputs[0]))
    const kept = tf.transpose(matrix(tf, valueOf(values, product.inputs[1])))
    const settings = { a: x, b: kept, transposeA: false, transposeB: true }
    if (bias === undefined) return Float32Array.from(tf.fused.matMul(settings).dataSync())
    const added = tf.tensor1d(Float32Array.from(valueOf(values, bias).data))
    return Float32Array.from(tf.fused.matMul({ ...settings, bias: added }).dataSync())
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
      const part = densePart(program, node)
      const result = part === undefined ? evaluate(node, values, batch) : fused(tf, values, part.product, part.bias)
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
