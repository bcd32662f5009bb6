import { describe, expect, it } from 'vitest'
import { ProgramError } from '../src/errors.js'
import { Builder, type Value } from '../src/ir/builder.js'
import { gradient } from '../src/ir/gradient.js'
import { BATCH } from '../src/ir/program.js'
import { verify } from '../src/ir/verify.js'
import { gradientStages } from '../src/plan/stages.js'
import { RandomStream } from '../src/random/stream.js'
import type { DType } from '../src/tensor.js'
import { gradientError, gradientsOf, type Point, type Scalar } from './finite-differences.js'

function only(inputs: readonly Value[], index = 0): Value {
  const value = inputs[index]
  if (value === undefined) throw new Error(`no input ${index}`)
  return value
}

const x: Point = { shape: [3], data: [1, -2, 0.5] }

/** sum x^3 - 2x */
const polynomial: Scalar = (b, inputs) => {
  const v = only(inputs)
  return b.reduceSum(b.sub(b.mul(v, b.mul(v, v)), b.mul(b.constant(2, 'float64'), v)))
}

/** sum(x y) + sum(x) + sum(x) */
const usedThrice: Scalar = (b, inputs) => {
  const [u, v] = [only(inputs), only(inputs, 1)]
  return b.add(b.reduceSum(b.mul(u, v)), b.add(b.reduceSum(u), b.reduceSum(u)))
}

/** The loss sum x^2, and beside it what does not lead there: a metric of x, and what takes the loss further. */
const beside: Scalar = (b, inputs) => {
  const v = only(inputs)
  const metric = b.reduceSum(b.exp(v))
  const loss = b.reduceSum(b.mul(v, v))
  b.add(metric, loss)
  return loss
}

/** The sum of a part of a row, times a weight. */
function weighted(b: Builder, v: Value, start: number, stop: number, weight: number): Value {
  return b.mul(b.reduceSum(b.slice(v, 1, start, stop)), b.constant(weight, 'float64'))
}

/** Parts that lie over each other, one behind the other, and leave a gap. */
const parted: Scalar = (b, inputs) => {
  const v = only(inputs)
  const parts = [weighted(b, v, 3, 4, 100), weighted(b, v, 0, 2, 1), weighted(b, v, 1, 3, 10)]
  return parts.reduce((total, part) => b.add(total, part))
}

/** Mean softmax cross-entropy of logits with labels. */
function lossOf(b: Builder, logits: Value, labels: Value): Value {
  const targets = b.oneHot(labels, 3, 'float64')
  return b.div(b.neg(b.reduceSum(b.mul(targets, b.logSoftmax(logits)))), b.size(targets, 0, 'float64'))
}

describe('gradient', () => {
  it('of a polynomial is its derivative', async () => {
    // f' = 3x^2 - 2
    expect(await gradientsOf([x], polynomial)).toEqual([[1, 10, -1.25]])
  })

  it('adds up over all uses of a value', async () => {
    // df/dx = y + 2, df/dy = x
    expect(await gradientsOf([x, { shape: [3], data: [10, 20, 30] }], usedThrice)).toEqual([
      [12, 22, 32],
      [1, -2, 0.5],
    ])
  })

  it('joins what reaches parts of a value, one behind the other, over each other, or with gaps', async () => {
    const row: Point = { shape: [1, 5], data: [1, 2, 3, 4, 5] }
    expect(await gradientsOf([row], parted)).toEqual([[1, 11, 10, 100, 0]])
  })

  it('of steps that are taken apart is as long as they are many', () => {
    const b = new Builder('steps')
    const v = b.carry('v', { dtype: 'float64', shape: [50, 2] })
    const steps = Array.from({ length: 50 }, (_, i) => b.reduceSum(b.exp(b.slice(v, 0, i, i + 1))))
    const before = b.nodes.length
    gradient(
      b,
      steps.reduce((total, step) => b.add(total, step)),
      [v],
    )
    expect(b.nodes.length - before).toBeLessThan(50 * 4)
  })

  it('counts both operands of x x^T and of x * x', async () => {
    // The sum of x x^T is (sum x)^2, slope 2 sum x.
    const column: Point = { shape: [3, 1], data: [1, -2, 0.5] }
    expect(await gradientsOf([column], (b, v) => b.reduceSum(b.matmul(only(v), only(v), false, true)))).toEqual([
      [-1, -1, -1],
    ])
    expect(await gradientsOf([x], (b, v) => b.reduceSum(b.mul(only(v), only(v))))).toEqual([[2, -4, 1]])
  })

  it('is zeros, of the right shape, for what the loss does not depend on', async () => {
    const idle: Point = { shape: [2, 2], data: [1, 2, 3, 4] }
    expect(await gradientsOf([x, idle], (b, v) => b.reduceSum(only(v)))).toEqual([
      [1, 1, 1],
      [0, 0, 0, 0],
    ])
  })

  it('is zeros along a path that is cut by an operation without a derivative', async () => {
    expect(await gradientsOf([x], (b, v) => b.reduceSum(b.add(only(v), b.sign(only(v)))))).toEqual([[1, 1, 1]])
  })

  it('is zeros, of their own dtype, for integers that the loss reads', () => {
    const b = new Builder('p')
    const bytes = b.constants('bytes', { dtype: 'uint8', shape: [4, 2] })
    const table = b.constants('table', { dtype: 'float64', shape: [4, 2] })
    const rows = b.xs('rows', { dtype: 'int32', shape: [3] })
    const gathered = b.add(b.cast(b.gatherRows(bytes, rows), 'float64'), b.gatherRows(table, rows))
    const slopes = gradient(b, b.reduceSum(gathered), [bytes, rows])
    const ys = { bytes: only(slopes), rows: only(slopes, 1) }
    const program = verify(b.finish({ carry: {}, ys }))
    expect(slopes.map(({ type }) => type)).toEqual([bytes.type, rows.type])
    expect(program.nodes.map(({ op }) => op)).toEqual(['constant', 'broadcastTo', 'constant', 'broadcastTo'])
  })

  it('ignores what is computed beside the loss', async () => {
    expect(await gradientsOf([x], beside)).toEqual([[2, -4, 1]])
  })

  it('of the loss itself is 1', () => {
    const b = new Builder('p')
    const loss = b.reduceSum(b.xs('x', { dtype: 'float64', shape: [2] }))
    const [slope] = gradient(b, loss, [loss])
    expect(slope).toMatchObject({ op: 'constant', attributes: { value: 1, dtype: 'float64' } })
  })

  it('with respect to a value in the middle stops there', async () => {
    // f = sum(tanh(x)^2) seen from y = tanh(x): slope 2 y
    const b = new Builder('p')
    const y = b.tanh(b.xs('x', { dtype: 'float64', shape: [2] }))
    const [slope] = gradient(b, b.reduceSum(b.mul(y, y)), [y])
    const program = verify(b.finish({ carry: {}, ys: { slope: only(slope ? [slope] : []) } }))
    expect(program.nodes.map(({ op }) => op)).not.toContain('exp')
    expect(program.nodes.filter(({ op }) => op === 'tanh')).toHaveLength(1)
  })

  it('emits nothing for what needs no gradient', () => {
    const b = new Builder('p')
    const [data, w] = [
      b.xs('x', { dtype: 'float64', shape: [4, 3] }),
      b.carry('w', { dtype: 'float64', shape: [3, 2] }),
    ]
    const loss = b.reduceSum(b.matmul(data, w))
    const before = b.nodes.length
    gradient(b, loss, [w])
    const emitted = b.nodes.slice(before)
    expect(emitted.filter(({ op }) => op === 'matmul').map(({ attributes }) => attributes)).toEqual([
      { transposeA: true, transposeB: false },
    ])
  })

  it('sums over the batch for a bias, in one node', () => {
    const b = new Builder('p')
    const [data, bias] = [
      b.xs('x', { dtype: 'float64', shape: [BATCH, 3] }),
      b.carry('bias', { dtype: 'float64', shape: [3] }),
    ]
    const [slope] = gradient(b, b.reduceSum(b.tanh(b.add(data, bias))), [bias])
    expect(slope).toMatchObject({ op: 'reduceSum', attributes: { axes: [0], keepDims: false }, type: { shape: [3] } })
  })

  it('marks its nodes with the layer they serve and the stage', () => {
    const b = new Builder('p')
    const [data, w] = [
      b.xs('x', { dtype: 'float64', shape: [4, 3] }),
      b.carry('w', { dtype: 'float64', shape: [3, 2] }),
    ]
    const signal = b.within({ layer: 'dense1' }, () => b.tanh(b.matmul(data, w)))
    gradient(b, b.reduceSum(signal), [w], gradientStages)
    const product = b.nodes.findLast(({ op }) => op === 'matmul')
    expect(product).toMatchObject({ stage: 'weight-gradient', layer: 'dense1', name: 'weight-gradient/dense1/matmul' })
    expect(b.nodes.some(({ name }) => name === 'activation-gradient/dense1/mul')).toBe(true)
  })

  it.each([
    ['a vector', 'float64', [3], 'float64[3]'],
    ['a batch', 'float32', [BATCH], 'float32[batch]'],
    ['an integer', 'int32', [], 'int32[]'],
    ['a condition', 'bool', [], 'bool[]'],
  ] as const)('refuses %s as the loss', (_, dtype: DType, shape, got) => {
    const b = new Builder('p')
    const value = b.xs('x', { dtype, shape })
    expect(() => gradient(b, value, [value])).toThrow(ProgramError)
    expect(() => gradient(b, value, [value])).toThrow(
      `[core] gradient: expected a floating-point scalar loss, got ${got}`,
    )
  })

  it('refuses to gather from rows of the batch rather than lose the gradient', () => {
    const b = new Builder('p')
    const [data, rows] = [
      b.xs('x', { dtype: 'float64', shape: [BATCH, 2] }),
      b.xs('rows', { dtype: 'int32', shape: [3] }),
    ]
    expect(() => gradient(b, b.reduceSum(b.gatherRows(data, rows)), [data])).toThrow('rows of the batch, got [batch,2]')
  })
})

const WIDTHS = [4, 5, 4, 3] as const
const ROWS = 6

function values(random: RandomStream, shape: readonly (number | typeof BATCH)[], spread: number): Point {
  const count = shape.reduce<number>((product, one) => product * (one === BATCH ? ROWS : one), 1)
  return { shape, data: Array.from({ length: count }, () => spread * random.normal()) }
}

/** Data, labels, then kernel and bias of each layer. */
function networkPoints(seed: number): Point[] {
  const random = new RandomStream(seed, 'sample')
  const labels = Array.from({ length: ROWS }, () => random.below(WIDTHS[3]))
  const layers = WIDTHS.slice(1).flatMap((width, i) => [
    values(random, [WIDTHS[i] ?? 1, width], 0.6),
    values(random, [width], 0.3),
  ])
  return [values(random, [BATCH, WIDTHS[0]], 1), { dtype: 'int32', shape: [BATCH], data: labels }, ...layers]
}

/** Mean softmax cross-entropy of dense layers with an activation between them. */
function crossEntropy(activation: 'relu' | 'sigmoid' | 'tanh'): Scalar {
  return (b, [data, labels, ...parameters]) => {
    let signal = only(data ? [data] : [])
    for (let i = 0; i < parameters.length; i += 2) {
      const logits = b.add(b.matmul(signal, only(parameters, i)), only(parameters, i + 1))
      signal = i + 2 < parameters.length ? b[activation](logits) : logits
    }
    return lossOf(b, signal, only(labels ? [labels] : []))
  }
}

describe('whole networks agree with finite differences', () => {
  const seeds = [1, 2, 3, 4]
  it.each(['sigmoid', 'tanh'] as const)('three dense layers with %s', async (activation) => {
    const errors = await Promise.all(
      seeds.map((seed) => gradientError(networkPoints(seed), crossEntropy(activation), ROWS)),
    )
    expect(Math.max(...errors)).toBeLessThan(1e-9)
  })

  it('three dense layers with relu, at points where no unit comes near its kink', async () => {
    const clear = [1, 2, 5, 6, 8, 9]
    const errors = await Promise.all(
      clear.map((seed) => gradientError(networkPoints(seed), crossEntropy('relu'), ROWS)),
    )
    expect(Math.max(...errors)).toBeLessThan(1e-9)
  })

  it('the gradient of cross-entropy by the logits is (softmax - target) / rows', async () => {
    const logits: Point = { shape: [2, 3], data: [0, Math.LN2, Math.log(5), 0, 0, 0] }
    const labels: Point = { dtype: 'int32', shape: [2], data: [2, 0] }
    const [slopes = []] = await gradientsOf([logits, labels], (b, inputs) => lossOf(b, only(inputs), only(inputs, 1)))
    const expected = [1 / 8, 2 / 8, 5 / 8 - 1, 1 / 3 - 1, 1 / 3, 1 / 3].map((slope) => slope / 2)
    for (const [i, slope] of slopes.entries()) expect(slope).toBeCloseTo(expected[i] ?? Number.NaN, 15)
    expect(slopes).toHaveLength(6)
  })
})
