import { describe, expect, it } from 'vitest'
import type { Builder, Value } from '../src/ir/builder.js'
import { gradientsOf, type Point } from './finite-differences.js'

function slopesOf(data: readonly number[], emit: (b: Builder, x: Value) => Value): Promise<number[][]> {
  const x: Point = { shape: [data.length], data }
  return gradientsOf([x], (b, [input]) => b.reduceSum(input === undefined ? b.constant(0, 'float64') : emit(b, input)))
}

/** The sum of an operation's output. */
function summed(op: 'maximum' | 'minimum' | 'gatherRows') {
  return (b: Builder, inputs: readonly Value[]): Value => b.reduceSum(b.emit(op, inputs, {}))
}

/** sign(x) + (x > 0) + trunc(x): steps, flat wherever they have a slope. */
function stepped(b: Builder, x: Value): Value {
  const isPositive = b.cast(b.greater(x, b.constant(0, 'float64')), 'float64')
  return b.add(b.sign(x), b.add(isPositive, b.cast(b.cast(x, 'int32'), 'float64')))
}

describe('at kinks, by convention', () => {
  it("relu'(0) = relu'(-0) = 0", async () => {
    expect(await slopesOf([-1, -0, 0, 1], (b, x) => b.relu(x))).toEqual([[0, 0, 0, 1]])
  })

  it('the slope of |x| at 0 is 0', async () => {
    expect(await slopesOf([-1, 0, 1], (b, x) => b.abs(x))).toEqual([[-1, 0, 1]])
  })

  it('the first of equal operands takes the whole gradient of maximum and minimum', async () => {
    const ties: Point[] = [
      { shape: [3], data: [1, 2, 3] },
      { shape: [3], data: [1, 3, 2] },
    ]
    expect(await gradientsOf(ties, summed('maximum'))).toEqual([
      [1, 0, 1],
      [0, 1, 0],
    ])
    expect(await gradientsOf(ties, summed('minimum'))).toEqual([
      [1, 1, 0],
      [0, 0, 1],
    ])
  })

  it('equal maxima share the gradient of reduceMax', async () => {
    expect(await slopesOf([3, 1, 3, 3], (b, x) => b.reduceMax(x))).toEqual([[1 / 3, 0, 1 / 3, 1 / 3]])
  })

  it('rows gathered twice receive both gradients, rows left out none', async () => {
    const points: Point[] = [
      { shape: [3, 2], data: [1, 2, 3, 4, 5, 6] },
      { dtype: 'int32', shape: [3], data: [2, 0, 2] },
    ]
    expect(await gradientsOf(points, summed('gatherRows'))).toEqual([[1, 1, 0, 0, 2, 2]])
  })

  it('no gradient flows through a step: sign, comparisons, argMax, casts to integers', async () => {
    expect(await slopesOf([0.5, -1.5], stepped)).toEqual([[0, 0]])
  })

  it('a cast to float32 and back passes the gradient on', async () => {
    expect(await slopesOf([0.1, -3], (b, x) => b.cast(b.cast(x, 'float32'), 'float64'))).toEqual([[1, 1]])
  })

  it('log at 0 has an infinite slope, sqrt at 0 too', async () => {
    expect(await slopesOf([0], (b, x) => b.log(x))).toEqual([[Number.POSITIVE_INFINITY]])
    expect(await slopesOf([0], (b, x) => b.sqrt(x))).toEqual([[Number.POSITIVE_INFINITY]])
  })

  it('saturated sigmoid and tanh have slope 0, and never NaN', async () => {
    expect(await slopesOf([800, -800], (b, x) => b.sigmoid(x))).toEqual([[0, 0]])
    expect(await slopesOf([800, -800], (b, x) => b.tanh(x))).toEqual([[0, 0]])
  })
})
