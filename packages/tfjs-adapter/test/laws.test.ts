/** Laws that hold to the last bit, on sizes and numbers that nobody chose. */
import { type Tensor, tensor } from '@isograd/core/backend'
import { RandomStream } from '@isograd/core/data'
import { Builder, type Value } from '@isograd/core/ir'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openBackend, type Variant, variants } from './backends.js'

interface Matrix {
  readonly rows: number
  readonly columns: number
  readonly seed: number
}

function filled({ rows, columns, seed }: Matrix): Float32Array {
  const stream = new RandomStream(seed, 'sample')
  return Float32Array.from({ length: rows * columns }, () => 2 * stream.uniform() - 1)
}

function transposed({ rows, columns }: Matrix, data: Float32Array): Float32Array {
  return Float32Array.from(data, (_, i) => data[(i % rows) * columns + Math.floor(i / rows)] ?? Number.NaN)
}

/** A matrix as an input of one step, stored by rows or by columns. */
function stored(matrix: Matrix, byColumns: boolean): Tensor {
  const { rows, columns } = matrix
  const data = filled(matrix)
  return byColumns
    ? tensor('float32', [1, columns, rows], transposed(matrix, data))
    : tensor('float32', [1, rows, columns], data)
}

const length = fc.integer({ min: 1, max: 150 })
const seed = fc.nat(1000)
const matrix = fc.record({ rows: fc.integer({ min: 2, max: 40 }), columns: fc.integer({ min: 2, max: 40 }), seed })

type Emit = (b: Builder, x: Value, y: Value) => Value

async function compute(variant: Variant, inputs: readonly [Tensor, Tensor], emit: Emit): Promise<Tensor | undefined> {
  const b = new Builder('law')
  const [x, y] = inputs
  const [left, right] = [b.xs('x', { ...x, shape: x.shape.slice(1) }), b.xs('y', { ...y, shape: y.shape.slice(1) })]
  const backend = await openBackend(variant)
  const executable = await backend.compile(b.finish({ carry: {}, ys: { z: emit(b, left, right) } }), {})
  const { ys } = await executable.scan({}, { x, y })
  await backend.dispose()
  return ys['z']
}

describe.each(variants)('%s', (variant) => {
  const isProductOfStored = async (m: number, k: number, n: number, start: number): Promise<void> => {
    const a = { rows: m, columns: k, seed: start }
    const c = { rows: k, columns: n, seed: start + 1 }
    const product = (ofA: boolean, ofC: boolean): Promise<Tensor | undefined> =>
      compute(variant, [stored(a, ofA), stored(c, ofC)], (b, x, y) => b.matmul(x, y, ofA, ofC))
    const plain = await product(false, false)
    expect(await product(true, false)).toEqual(plain)
    expect(await product(false, true)).toEqual(plain)
    expect(await product(true, true)).toEqual(plain)
  }

  const isItself = async (of: Matrix, where: number, axis: number): Promise<void> => {
    const x = stored(of, false)
    const size = axis === 0 ? of.rows : of.columns
    const at = 1 + (where % (size - 1))
    const joined: Emit = (b, v) => b.concat([b.slice(v, axis, 0, at), b.slice(v, axis, at, size)], axis)
    expect(await compute(variant, [x, x], joined)).toEqual(x)
    expect(await compute(variant, [x, x], (b, v) => b.transpose(b.transpose(v, [1, 0]), [1, 0]))).toEqual(x)
  }

  it('a product does not depend on how its operands are stored', async () => {
    const law = fc.asyncProperty(length, length, length, seed, isProductOfStored)
    expect(await fc.check(law, { numRuns: 15 })).toMatchObject({ failed: false })
  })

  it('a matrix cut anywhere and joined is itself, and so is one transposed twice', async () => {
    const law = fc.asyncProperty(matrix, fc.nat(100), fc.nat(1), isItself)
    expect(await fc.check(law, { numRuns: 15 })).toMatchObject({ failed: false })
  })
})
