/** Functions of single numbers as a whole: fewer bits and roundings to one side are told and named, float32 passes. */
import { describe, expect, it } from 'vitest'
import { nodeError } from '../src/compare/operations/node-error.js'
import { Builder, type Value } from '../src/ir/builder.js'
import { operationOf } from '../src/ir/ops/index.js'
import type { Operation } from '../src/ir/ops/operation.js'
import { neighbour } from '../src/numerics/rounding.js'
import { RandomStream } from '../src/random/stream.js'
import { type Tensor, tensor } from '../src/tensor.js'

const COUNT = 2000

/** Significand bits by Dekker's split, apart from what the check itself rounds with. */
function toBits(bits: number) {
  return (x: number): number => x * (2 ** (53 - bits) + 1) - (x * (2 ** (53 - bits) + 1) - x)
}

function towardsZero(x: number): number {
  const near = Math.fround(x)
  return Math.abs(near) > Math.abs(x) ? neighbour('float32', near, false) : near
}

function numbers(seed: number): Tensor {
  const stream = new RandomStream(seed, 'sample')
  return tensor(
    'float32',
    [COUNT],
    Array.from({ length: COUNT }, () => 0.01 + 3 * stream.uniform()),
  )
}

const [x, y] = [numbers(0), numbers(1)]

type Emit = (b: Builder, x: Value, y: Value) => Value
const emits: Readonly<Record<string, Emit>> = {
  exp: (b, u) => b.exp(u),
  log: (b, u) => b.log(u),
  tanh: (b, u) => b.tanh(u),
  sigmoid: (b, u) => b.sigmoid(u),
  sqrt: (b, u) => b.sqrt(u),
  div: (b, u, v) => b.div(u, v),
  add: (b, u, v) => b.add(u, v),
  mul: (b, u, v) => b.mul(u, v),
}

function judged(op: string, compute: (evaluate: (inputs: readonly Tensor[]) => Float64Array) => Float64Array) {
  const b = new Builder('one')
  const [u, v] = [x, y].map(({ dtype, shape }, i) => b.xs(`x${i}`, { dtype, shape }))
  if (u === undefined || v === undefined) throw new Error('no inputs')
  emits[op]?.(b, u, v)
  const node = b.nodes.at(-1)
  if (node === undefined) throw new Error(`no ${op}`)
  const inputs = node.inputs.length === 1 ? [x] : [x, y]
  const { evaluate } = operationOf(node.op) as Operation<unknown>
  const data = compute((given) => evaluate(given.slice(0, inputs.length), node.attributes, [COUNT]))
  const { ratio, multiple, like } = nodeError(node, inputs, tensor('float32', [COUNT], data), 0)
  return { isOut: ratio > 1 || multiple > 1.5, like }
}

const read = (round: (value: number) => number) =>
  [x, y].map(({ data }) => tensor('float32', [COUNT], Array.from(data, round)))

describe.each(Object.keys(emits))('%s', (op) => {
  it('passes when it is right', () => {
    expect(judged(op, (evaluate) => evaluate([x, y])).isOut).toBe(false)
  })

  it.each([23, 22, 21, 20, 16, 12])('with results of %i bits is told and named', (bits) => {
    const { isOut, like } = judged(op, (evaluate) => evaluate([x, y]).map(toBits(bits)))
    expect({ isOut, like }).toEqual({ isOut: true, like: `float32 of ${bits - 1} bits` })
  })
})

describe('operands of fewer bits', () => {
  it.each(['exp', 'log', 'sqrt', 'div', 'add', 'mul'])('are told and named in %s', (op) => {
    for (const bits of [22, 21, 18]) {
      expect(judged(op, (evaluate) => evaluate(read(toBits(bits))))).toEqual({
        isOut: true,
        like: `float32 of ${bits - 1} bits`,
      })
    }
  })
})

describe('roundings towards zero', () => {
  it.each(['exp', 'sqrt', 'div', 'add', 'mul'])('are told and named in %s', (op) => {
    const found = judged(op, (evaluate) => evaluate([x, y]).map(towardsZero))
    expect(found).toEqual({ isOut: true, like: 'cut off towards zero' })
  })

  it.each([16, 64, 1000])('are told and named in sums of %i', (terms) => {
    const columns = 32
    const stream = new RandomStream(terms, 'sample')
    const values = Array.from({ length: terms * columns }, () => stream.uniform())
    const given = tensor('float32', [terms, columns], values)
    const b = new Builder('one')
    b.reduceSum(b.xs('x', { dtype: 'float32', shape: [terms, columns] }), [0])
    const node = b.nodes.at(-1)
    if (node === undefined) throw new Error('no sum')
    const summed = (round: (value: number) => number) => {
      const sums = new Float64Array(columns)
      for (const [flat, value] of given.data.entries()) {
        sums[flat % columns] = round((sums[flat % columns] as number) + value)
      }
      return nodeError(node, [given], tensor('float32', [columns], sums), 0)
    }
    expect(summed(towardsZero)).toMatchObject({ like: 'sums cut off towards zero' })
    expect(summed(Math.fround)).not.toHaveProperty('like')
  })

  it('and operands of bfloat16 are not taken for one another', () => {
    const columns = 10
    const stream = new RandomStream(4, 'sample')
    const given = tensor(
      'float32',
      [4, columns],
      Array.from({ length: 4 * columns }, () => stream.normal()),
    )
    const b = new Builder('one')
    b.reduceSum(b.xs('x', { dtype: 'float32', shape: [4, columns] }), [0])
    const node = b.nodes.at(-1)
    if (node === undefined) throw new Error('no sum')
    const sums = new Float64Array(columns)
    for (const [flat, value] of given.data.entries()) (sums[flat % columns] as number) += toBits(8)(value)
    expect(nodeError(node, [given], tensor('float32', [columns], sums), 0)).toMatchObject({ like: 'bfloat16 (7 bits)' })
  })
})
