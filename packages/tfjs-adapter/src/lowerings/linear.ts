/**
 * The matrix product. On wasm a transpose flag of the kernel leads to a scalar loop, nine times slower than XNNPACK, so
 * operands are transposed first; and XNNPACK packs its right operand, at several times the cost of a transposition, so
 * a large right operand is better made a left one: C = A B = (B^T A^T)^T.
 */
import { elementCount } from '@isograd/core/backend'
import type { TensorInfo } from '@tensorflow/tfjs'
import type { Value } from '../value.js'
import { type Call, inputAt, type LoweringsOf } from './lowering.js'

/** Nanoseconds on one core of 2020s hardware, wasm with SIMD; only their proportions matter. */
const cost = { packElement: 4.3, transposeElement: 0.5, transposeCall: 2500 } as const

interface Operand {
  readonly value: Value
  readonly isTransposed: boolean
}

function transposing(elements: number): number {
  return cost.transposeCall + cost.transposeElement * elements
}

/** The cost of reading the operands as `aTransposed` and `bTransposed` say, the right one packed. */
function preparing(left: Operand, right: Operand): number {
  const moved = [left, right].filter(({ isTransposed }) => isTransposed)
  const transpositions = moved.reduce((total, { value }) => total + transposing(value.size), 0)
  return transpositions + cost.packElement * right.value.size
}

function read({ value, isTransposed }: Operand): TensorInfo {
  return isTransposed ? value.transposed : value.tensor
}

function product({ kernels }: Call<unknown>, left: Operand, right: Operand): TensorInfo {
  const attributes = { transposeA: false, transposeB: false }
  return kernels.run('BatchMatMul', { a: read(left), b: read(right) }, attributes)
}

function flipped({ value, isTransposed }: Operand): Operand {
  return { value, isTransposed: !isTransposed }
}

/** Tells if (B^T A^T)^T is the cheaper way to A B. It depends on sizes alone, so that equal steps give equal bits. */
function isBetterFlipped(left: Operand, right: Operand, outputSize: number): boolean {
  return preparing(flipped(right), flipped(left)) + transposing(outputSize) < preparing(left, right)
}

/** The linear family. */
export const linearLowerings: LoweringsOf<'matmul'> = {
  matmul: {
    needs: ['BatchMatMul', 'Transpose'],
    run: (call) => {
      const { inputs, attributes, kernels, shape } = call
      const [a, b] = [inputAt(inputs, 0), inputAt(inputs, 1)]
      if (kernels.device.name !== 'wasm') return kernels.run('BatchMatMul', { a: a.tensor, b: b.tensor }, attributes)
      const left = { value: a, isTransposed: attributes.transposeA }
      const right = { value: b, isTransposed: attributes.transposeB }
      const outputSize = elementCount(shape)
      if (!isBetterFlipped(left, right, outputSize)) return product(call, left, right)
      const transposed = product(call, flipped(right), flipped(left))
      return kernels.run('Transpose', { x: transposed }, { perm: [1, 0] })
    },
  },
}
