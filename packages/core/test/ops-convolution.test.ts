/** Convolution and pooling against PyTorch in float64 (vectors of vectors/convolution.py), and their second derivatives. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { ConvolveAttributes } from '../src/ir/ops/convolution.js'
import { operationOf, type OpName } from '../src/ir/ops/index.js'
import type { Operation } from '../src/ir/ops/operation.js'
import type { PoolAttributes } from '../src/ir/ops/pooling.js'

interface Case<A> {
  readonly attributes: A
  readonly shapes: Readonly<Record<'x' | 'w' | 'y', readonly number[]>>
}

type Convolution = Case<ConvolveAttributes> & Readonly<Record<'x' | 'w' | 'y' | 'dy' | 'dx' | 'dw', readonly number[]>>
type Pool = Case<PoolAttributes> & Readonly<Record<'x' | 'y' | 'dy' | 'dx' | 'sum' | 'dsum', readonly number[]>>

const vectors = JSON.parse(readFileSync(new URL('vectors/convolution.json', import.meta.url), 'utf8')) as {
  readonly convolutions: readonly Convolution[]
  readonly pools: readonly Pool[]
}

function of(shape: readonly number[], data: readonly number[]) {
  return { shape, data }
}

/** The largest distance, over the largest number that is expected. */
function distance(
  op: OpName,
  inputs: readonly ReturnType<typeof of>[],
  attributes: object,
  shape: readonly number[],
  expected: readonly number[],
): number {
  const operation = operationOf(op) as Operation<unknown>
  const types = inputs.map((input) => ({ dtype: 'float64' as const, shape: input.shape }))
  expect(operation.infer(types, attributes).shape).toEqual(shape)
  const got = operation.evaluate(inputs, attributes, shape)
  expect(got.length).toBe(expected.length)
  const scale = Math.max(...expected.map(Math.abs), 1e-300)
  return Math.max(...got.map((value, i) => Math.abs(value - Number(expected[i])) / scale))
}

const TOLERANCE = 1e-13

describe('convolution as PyTorch computes it', () => {
  it.each(vectors.convolutions.map((one) => [JSON.stringify({ ...one.shapes, ...one.attributes }), one] as const))(
    '%s',
    (_, one) => {
      const { attributes, shapes } = one
      const [x, w, dy] = [of(shapes.x, one.x), of(shapes.w, one.w), of(shapes.y, one.dy)]
      const [size, window] = [shapes.x.slice(2), shapes.w.slice(2)]
      expect(distance('convolve', [x, w], attributes, shapes.y, one.y)).toBeLessThan(TOLERANCE)
      expect(distance('convolveData', [dy, w], { ...attributes, size }, shapes.x, one.dx)).toBeLessThan(TOLERANCE)
      const filter = { ...attributes, size: window }
      expect(distance('convolveFilter', [x, dy], filter, shapes.w, one.dw)).toBeLessThan(TOLERANCE)
    },
  )
})

describe('pooling as PyTorch computes it, equal numbers included', () => {
  it.each(vectors.pools.map((one) => [JSON.stringify({ ...one.shapes, ...one.attributes }), one] as const))(
    '%s',
    (_, one) => {
      const { attributes, shapes } = one
      const [x, dy] = [of(shapes.x, one.x), of(shapes.y, one.dy)]
      const size = shapes.x.slice(2)
      expect(distance('maxPool', [x, x], attributes, shapes.y, one.y)).toBe(0)
      expect(distance('maxPoolData', [x, dy], attributes, shapes.x, one.dx)).toBeLessThan(TOLERANCE)
      expect(distance('sumPool', [x], attributes, shapes.y, one.sum)).toBeLessThan(TOLERANCE)
      expect(distance('sumPoolData', [dy], { ...attributes, size }, shapes.x, one.dsum)).toBeLessThan(TOLERANCE)
    },
  )
})
