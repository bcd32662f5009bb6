/**
 * The plainest float32 there is: every sum is a loop in which each product and each sum is rounded. Its distance from
 * the reference is what a fault must exceed to count. In float64, where the reference is such a loop itself, the same
 * terms are added from the last to the first.
 */
import type { Backend } from '../../backend/contract.js'
import { broadcastStrides, forEachRun } from '../../ir/ops/broadcast.js'
import type { OpAttributes } from '../../ir/ops/index.js'
import { everyProduct } from '../../ir/ops/linear.js'
import type { NumericTensor } from '../../ir/ops/operation.js'
import { convolutionLoop } from './convolution-loop.js'
import { columnsOf } from './fault.js'
import { evaluatingBackend, inFloat64, type NodeEvaluation } from '../../reference/backend.js'

type Rounding = (x: number) => number

function order(count: number, isForward: boolean): number[] {
  return Array.from({ length: count }, (_, k) => (isForward ? k : count - 1 - k))
}

/** The matrix with the inner dimension last, as float64; backwards along it where the terms are added so. */
function lines({ shape, data }: NumericTensor, isInnerLast: boolean, isForward: boolean): Float64Array {
  const [height = 1, width = 1] = shape
  const [count, inner] = isInnerLast ? [height, width] : [width, height]
  const out = new Float64Array(data.length)
  for (let line = 0; line < count; line++) {
    for (let k = 0; k < inner; k++) {
      const x = Number(data[isInnerLast ? line * inner + k : k * count + line])
      out[line * inner + (isForward ? k : inner - 1 - k)] = x
    }
  }
  return out
}

function product(inputs: readonly NumericTensor[], attributes: OpAttributes['matmul'], round: Rounding): Float64Array {
  const isForward = round === Math.fround
  return everyProduct(inputs, attributes, (a, b, { rows, inner, columns }, out) => {
    const [left, right] = [lines(a, !attributes.transposeA, isForward), lines(b, attributes.transposeB, isForward)]
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        let sum = 0
        for (let k = 0; k < inner; k++) {
          sum = round(sum + round((left[row * inner + k] as number) * (right[column * inner + k] as number)))
        }
        out[row * columns + column] = sum
      }
    }
  })
}

function sumOver({ shape, data }: NumericTensor, axes: readonly number[], round: Rounding): Float64Array {
  const kept = shape.map((length, axis) => (axes.includes(axis) ? 1 : length))
  const out = new Float64Array(kept.reduce((total, length) => total * length, 1))
  const targets = new Uint32Array(data.length)
  forEachRun(shape, broadcastStrides(kept, shape), (flat, offset, length, stride) => {
    for (let i = 0; i < length; i++) targets[flat + i] = offset + i * stride
  })
  for (const flat of order(data.length, round === Math.fround)) {
    const target = Number(targets[flat])
    out[target] = round(Number(out[target]) + Number(data[flat]))
  }
  return out
}

function logSoftmax({ data }: NumericTensor, length: number, round: Rounding): Float64Array {
  return new Float64Array(data.length).map((_, flat) => {
    const row = Array.from({ length }, (__, i) => Number(data[flat - (flat % length) + i]))
    const max = Math.max(...row)
    const sum = row.reduce((total, x) => round(total + round(Math.exp(round(x - max)))), 0)
    return round(round(Number(data[flat]) - max) - round(Math.log(sum)))
  })
}

const evaluate: NodeEvaluation = (node, inputs, shape) => {
  const round: Rounding = node.type.dtype === 'float32' ? Math.fround : (x) => x
  const [x] = inputs
  if (x === undefined) return inFloat64(node, inputs, shape)
  if (node.op === 'matmul') return product(inputs, node.attributes, round)
  if (node.op === 'convolve' || node.op === 'convolveData' || node.op === 'convolveFilter') {
    return convolutionLoop(node.op, inputs, node.attributes, shape, round, round === Math.fround)
  }
  if (node.op === 'reduceSum') return sumOver(x, node.attributes.axes, round)
  if (node.op === 'logSoftmax') return logSoftmax(x, columnsOf(shape), round)
  return inFloat64(node, inputs, shape)
}

/** The loop as a backend. */
export function sequentialLoop(): Backend {
  return evaluatingBackend('sequential loop', 'every sum a loop in the dtype', evaluate)
}
