/**
 * The matrix product. On wasm a transpose flag of the kernel leads to a scalar loop, nine times slower than XNNPACK, so
 * operands are transposed first; and XNNPACK packs its right operand, at several times the cost of a transposition, so
 * a large right operand is better made a left one: C = A B = (B^T A^T)^T.
 */
import { elementCount } from '@isograd/core/backend'
import type { OpAttributes } from '@isograd/core/ir'
import type { TensorInfo } from '@tensorflow/tfjs'
import type { Value } from '../value.js'
import { type Call, inputAt, type LoweringsOf } from './lowering.js'

/** Nanoseconds on one core of 2020s hardware, wasm with SIMD; only their proportions matter. */
const cost = { packElement: 4.3, transposeElement: 0.5, transposeCall: 2500 } as const

/** A matrix that may be wanted either way. */
interface Operand {
  readonly matrix: Pick<Value, 'size' | 'tensor' | 'transposed'>
  readonly isTransposed: boolean
}

function transposing(elements: number): number {
  return cost.transposeCall + cost.transposeElement * elements
}

/** The cost of reading the operands as `aTransposed` and `bTransposed` say, the right one packed. */
function preparing(left: Operand, right: Operand): number {
  const moved = [left, right].filter(({ isTransposed }) => isTransposed)
  const transpositions = moved.reduce((total, { matrix }) => total + transposing(matrix.size), 0)
  return transpositions + cost.packElement * right.matrix.size
}

function read({ matrix, isTransposed }: Operand): TensorInfo {
  return isTransposed ? matrix.transposed : matrix.tensor
}

function product({ kernels }: Call<unknown>, left: Operand, right: Operand): TensorInfo {
  const attributes = { transposeA: false, transposeB: false }
  return kernels.run('BatchMatMul', { a: read(left), b: read(right) }, attributes)
}

function flipped({ matrix, isTransposed }: Operand): Operand {
  return { matrix, isTransposed: !isTransposed }
}

/** Tells if (B^T A^T)^T is the cheaper way to A B. It depends on sizes alone, so that equal steps give equal bits. */
function isBetterFlipped(left: Operand, right: Operand, outputSize: number): boolean {
  return preparing(flipped(right), flipped(left)) + transposing(outputSize) < preparing(left, right)
}

/** The product of two matrices in the cheaper of its two ways. */
function matrixProduct(call: Call<unknown>, left: Operand, right: Operand, outputSize: number): TensorInfo {
  if (!isBetterFlipped(left, right, outputSize)) return product(call, left, right)
  const transposed = product(call, flipped(right), flipped(left))
  return call.kernels.run('Transpose', { x: transposed }, { perm: [1, 0] })
}

/** The value with all axes but the last as one. */
function joined({ kernels }: Call<unknown>, { tensor, size, shape }: Value): Operand['matrix'] {
  const columns = Number(shape.at(-1))
  const matrix = kernels.run('Reshape', { x: tensor }, { shape: [size / columns, columns] })
  return {
    size,
    tensor: matrix,
    get transposed() {
      return kernels.run('Transpose', { x: matrix }, { perm: [1, 0] })
    },
  }
}

function turned({ kernels }: Call<unknown>, { tensor, shape }: Value, isTransposed: boolean): TensorInfo {
  const axes = shape.map((_, axis) => axis)
  const perm = [...axes.slice(0, -2), shape.length - 1, shape.length - 2]
  return isTransposed ? kernels.run('Transpose', { x: tensor }, { perm }) : tensor
}

type MatmulCall = Call<OpAttributes['matmul']>

/** The kernel itself, which repeats itself over leading axes. */
function everyProduct(call: MatmulCall, a: Value, b: Value): TensorInfo {
  const { transposeA, transposeB } = call.attributes
  const { kernels } = call
  if (kernels.device.name !== 'wasm') {
    return kernels.run('BatchMatMul', { a: a.tensor, b: b.tensor }, { transposeA, transposeB })
  }
  const operands = { a: turned(call, a, transposeA), b: turned(call, b, transposeB) }
  return kernels.run('BatchMatMul', operands, { transposeA: false, transposeB: false })
}

function joinedProduct(call: MatmulCall, a: Value, b: Value): TensorInfo {
  const { kernels, shape, attributes } = call
  const { transposeA, transposeB } = attributes
  const [left, right] = [a, b].map((value) => joined(call, value)) as [Operand['matrix'], Operand['matrix']]
  const matrix =
    kernels.device.name === 'wasm'
      ? matrixProduct(
          call,
          { matrix: left, isTransposed: transposeA },
          { matrix: right, isTransposed: transposeB },
          elementCount(shape),
        )
      : kernels.run('BatchMatMul', { a: left.tensor, b: right.tensor }, { transposeA, transposeB })
  return kernels.run('Reshape', { x: matrix }, { shape: [...shape] })
}

/** The linear family. */
export const linearLowerings: LoweringsOf<'matmul'> = {
  matmul: {
    needs: ['BatchMatMul', 'Reshape', 'Transpose'],
    run: (call) => {
      const { inputs, attributes, kernels, shape } = call
      const [a, b] = [inputAt(inputs, 0), inputAt(inputs, 1)]
      if (attributes.joined) return joinedProduct(call, a, b)
      if (a.shape.length > 2 || kernels.device.name !== 'wasm') return everyProduct(call, a, b)
      const left = { matrix: a, isTransposed: attributes.transposeA }
      const right = { matrix: b, isTransposed: attributes.transposeB }
      return matrixProduct(call, left, right, elementCount(shape))
    },
  },
}
