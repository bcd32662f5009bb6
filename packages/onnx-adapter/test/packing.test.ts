/** Packing: it happens where it should, and nothing but the speed can tell. The reference backend is the judge. */
import { referenceBackend } from '@isograd/core'
import { type FloatDType, tensor, type TensorMap } from '@isograd/core/backend'
import { RandomStream } from '@isograd/core/data'
import { Builder, type Program, tap, type Value, verify } from '@isograd/core/ir'
import { array, assert, asyncProperty, constantFrom, integer, nat, record } from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { pack, packCarry, unpackCarry } from '../src/fusion/packing.js'
import { backendOn } from './builds.js'

const reference = referenceBackend()
const [packing, plain] = [backendOn('onnx'), backendOn('onnx', { packing: false })]
afterAll(async () => {
  await packing.dispose()
  await plain.dispose()
})

const shapes = [[2, 3], [3], [4], [1, 5], [2]]

/** Adam on five parameters of five shapes, towards zero: the gradient of each is its own square root's size. */
function adam(dtype: FloatDType): Program {
  const b = new Builder('adam')
  const alpha = b.xs('alpha', { dtype, shape: [] })
  const factor = (value: number): Value => b.constant(value, dtype)
  const carry = shapes.flatMap((shape, i): [string, Value][] => {
    const [p, m, v] = ['p', 'm', 'v'].map((name) => b.carry(`${name}${i}`, { dtype, shape }))
    if (!p || !m || !v) return []
    const gradient = b.tanh(p)
    const m2 = b.add(m, b.mul(factor(0.1), b.sub(gradient, m)))
    const v2 = b.add(v, b.mul(factor(0.001), b.sub(b.mul(gradient, gradient), v)))
    const p2 = b.sub(p, b.div(b.mul(alpha, m2), b.add(b.sqrt(v2), factor(1e-8))))
    return Object.entries({ [`p${i}`]: p2, [`m${i}`]: m2, [`v${i}`]: v2 })
  })
  return b.finish({ carry: Object.fromEntries(carry), ys: { alpha } })
}

/** Positive numbers for every carry: the second moments must be. */
function carryOf(program: Program): TensorMap {
  const stream = new RandomStream(3, 'weights')
  return Object.fromEntries(
    program.inputs.carry.map(({ name, type }) => {
      const shape = type.shape.map(Number)
      const count = shape.reduce((product, length) => product * length, 1)
      return [
        name,
        tensor(
          type.dtype,
          shape,
          Array.from({ length: count }, () => stream.uniform()),
        ),
      ]
    }),
  )
}

const alphas = (dtype: FloatDType): TensorMap => ({ alpha: tensor(dtype, [4], [0.1, 0.2, 0.1, 0.05]) })

async function onReference(program: Program, carry: TensorMap, xs: TensorMap) {
  return (await reference.compile(program, {})).scan(carry, xs)
}

async function packedOnReference(program: Program, carry: TensorMap, xs: TensorMap) {
  const { program: packed, packs } = pack(program)
  const result = await onReference(verify(packed), packCarry(packs, carry), xs)
  return { ...result, carry: unpackCarry(packs, result.carry) }
}

describe('an optimizer', () => {
  it('becomes one chain of nodes, its state one vector each', () => {
    const { program, packs } = pack(adam('float32'))
    const members = packs.map((one) => one.members.map(({ name }) => name).join(' '))
    expect(new Set(members)).toEqual(new Set(['m0 m3 m1 m2 m4', 'p0 p3 p1 p2 p4', 'v0 v3 v1 v2 v4']))
    const [before, after] = [adam('float32'), program].map(
      ({ nodes }) => nodes.filter(({ op }) => ['add', 'sub', 'mul', 'div', 'sqrt'].includes(op)).length,
    )
    expect([before, after]).toEqual([60, 12])
  })

  it.each(['float32', 'float64'] as const)(
    'gives the same bits in %s, by definition and on ONNX Runtime',
    async (dtype) => {
      const program = adam(dtype)
      const carry = carryOf(program)
      expect(await packedOnReference(program, carry, alphas(dtype))).toEqual(
        await onReference(program, carry, alphas(dtype)),
      )
      const [first, second] = [await packing.compile(program, {}), await plain.compile(program, {})]
      expect(await first.scan(carry, alphas(dtype))).toEqual(await second.scan(carry, alphas(dtype)))
    },
  )

  it('can be tapped inside', async () => {
    const program = adam('float32')
    const names = program.nodes.slice(0, 9).map(({ name }) => name)
    const tapped = tap(program, names)
    expect(pack(tapped).packs).toHaveLength(3)
    const carry = carryOf(program)
    const [first, second] = [await packing.compile(tapped, {}), await plain.compile(tapped, {})]
    const result = await first.scan(carry, alphas('float32'))
    expect(result).toEqual(await second.scan(carry, alphas('float32')))
    expect(Object.keys(result.ys)).toEqual(['alpha', ...names])
  })

  it('stays as it is where tensors are large', () => {
    const b = new Builder('large')
    const x = b.xs('x', { dtype: 'float32', shape: [] })
    const carry = ['a', 'b', 'c', 'd', 'e'].map((name): [string, Value] => {
      const state = b.carry(name, { dtype: 'float32', shape: [10_000] })
      return [name, b.sub(b.mul(state, x), state)]
    })
    const program = b.finish({ carry: Object.fromEntries(carry), ys: {} })
    expect(pack(program)).toEqual({ program, packs: [] })
  })
})

/** Gradient descent on square layers of one width, with made-up gradients: products for weights, sums for biases. */
function layersOf(width: number): Program {
  const b = new Builder('layers')
  const dtype = 'float32'
  const [x, alpha] = [b.xs('x', { dtype, shape: [8, width] }), b.xs('alpha', { dtype, shape: [] })]
  const parameters = [0, 1, 2, 3].map((i) => ({
    i,
    weight: b.carry(`w${i}`, { dtype, shape: [width, width] }),
    bias: b.carry(`b${i}`, { dtype, shape: [width] }),
  }))
  let h = x
  const carry = parameters.flatMap(({ i, weight, bias }): [string, Value][] => {
    h = b.tanh(b.add(b.matmul(h, weight), bias))
    return [
      [`w${i}`, b.sub(weight, b.mul(alpha, b.matmul(h, h, true)))],
      [`b${i}`, b.sub(bias, b.mul(alpha, b.reduceSum(h, [0])))],
    ]
  })
  return b.finish({ carry: Object.fromEntries(carry), ys: { last: h, sum: b.reduceSum(h, [0]) } })
}

describe('layers of one width', () => {
  it('lie row under row, weights before biases, so that no reshape takes them apart', () => {
    const { program, packs } = pack(layersOf(3))
    expect(packs.map(({ members }) => members.map(({ name }) => name).join(' '))).toEqual(['w0 w1 w2 w3 b0 b1 b2 b3'])
    expect(program.inputs.carry.map(({ type }) => type.shape)).toEqual([[16, 3]])
    expect(program.nodes.filter(({ op }) => op === 'mul' || op === 'sub')).toHaveLength(2)
  })

  it('have the gradients of their biases summed as one', () => {
    const { nodes } = pack(layersOf(3)).program
    const sums = nodes.filter(({ op }) => op === 'reduceSum').map(({ type }) => type.shape)
    // One is an output.
    expect(sums).toHaveLength(2)
    expect(sums).toEqual(expect.arrayContaining([[12], [3]]))
    expect(nodes.filter(({ op }) => op === 'reshape').map(({ type }) => type.shape)).toEqual([[4, 3]])
  })

  it.each(['onnx', 'onnx-web'] as const)('come to the same bits: %s', async (build) => {
    const program = layersOf(3)
    const carry = carryOf(program)
    const stream = new RandomStream(5, 'weights')
    const x = tensor(
      'float32',
      [4, 8, 3],
      Array.from({ length: 96 }, () => stream.uniform()),
    )
    const xs = { ...alphas('float32'), x }
    expect(await packedOnReference(program, carry, xs)).toEqual(await onReference(program, carry, xs))
    const backends = [backendOn(build), backendOn(build, { packing: false })]
    const results = await Promise.all(backends.map(async (each) => (await each.compile(program, {})).scan(carry, xs)))
    expect(results[0]).toEqual(results[1])
    await Promise.all(backends.map((each) => each.dispose()))
  })
})

/** Matrices of several heights, each divided by the norms of its columns, as a constraint on weights does. */
function columnNorms(heights: readonly number[]): Program {
  const b = new Builder('norms')
  const carry = heights.map((height, i): [string, Value] => {
    const weight = b.carry(`w${i}`, { dtype: 'float32', shape: [height, 2] })
    const norm = b.sqrt(b.reduceSum(b.mul(weight, weight), [0]))
    return [`w${i}`, b.div(weight, b.add(norm, b.abs(norm)))]
  })
  return b.finish({ carry: Object.fromEntries(carry), ys: { alpha: b.xs('alpha', { dtype: 'float32', shape: [] }) } })
}

describe('sums over matrices of several heights', () => {
  it.each([[[5, 5, 5, 2]], [[7, 2, 2, 3, 1]], [[4, 3, 2, 1, 6, 6, 6]]])(
    '%j are not laid side by side',
    async (heights) => {
      const program = columnNorms(heights)
      verify(pack(program).program)
      const [carry, xs] = [carryOf(program), alphas('float32')]
      expect(await packedOnReference(program, carry, xs)).toEqual(await onReference(program, carry, xs))
      const [first, second] = [await packing.compile(program, {}), await plain.compile(program, {})]
      expect(await first.scan(carry, xs)).toEqual(await second.scan(carry, xs))
    },
  )
})

describe('sums that keep their dimensions', () => {
  it('of vectors lie among rows of their length', async () => {
    const b = new Builder('kept')
    const alpha = b.xs('alpha', { dtype: 'float32', shape: [] })
    const carry = [[1, 1], [1, 1], [1]].map((shape, i): [string, Value] => {
      const weight = b.carry(`w${i}`, { dtype: 'float32', shape })
      const norm = b.sqrt(b.reduceSum(b.mul(weight, weight), [0], true))
      return [`w${i}`, b.div(b.mul(weight, alpha), b.add(norm, b.abs(norm)))]
    })
    const program = b.finish({ carry: Object.fromEntries(carry), ys: {} })
    expect(pack(program).packs).toHaveLength(1)
    const [state, xs] = [carryOf(program), alphas('float32')]
    expect(await packedOnReference(program, state, xs)).toEqual(await onReference(program, state, xs))
    const [first, second] = [await packing.compile(program, {}), await plain.compile(program, {})]
    expect(await first.scan(state, xs)).toEqual(await second.scan(state, xs))
  })
})

describe('any program', () => {
  const operations = ['add', 'sub', 'mul', 'neg', 'abs', 'tanh'] as const
  const instruction = record({
    op: integer({ min: 0, max: 5 }),
    x: nat(),
    y: nat(),
    // How far the second operand comes from the own lane: mostly not at all.
    shift: constantFrom(0, 0, 0, 1, 2),
  })
  type Instruction = { readonly op: number; readonly x: number; readonly y: number; readonly shift: number }

  /** Rows of five lanes, each row one operation on earlier rows or a scalar; lanes may need each other. */
  function random(steps: readonly Instruction[]): Program {
    const b = new Builder('random')
    const alpha = b.xs('alpha', { dtype: 'float64', shape: [] })
    const inputs = ['a', 'b', 'c', 'd', 'e'].map((name) => b.carry(name, { dtype: 'float64', shape: [3] }))
    const table = [inputs]
    const pick = (row: number, lane: number): Value => table[row % table.length]?.[lane % 5] ?? alpha
    for (const { op, x, y, shift } of steps) {
      const name = operations[op] ?? 'add'
      const row: Value[] = []
      for (const lane of inputs.keys()) {
        const [left, right] = [pick(x, lane), y % 4 === 0 ? alpha : pick(y, lane + shift)]
        row.push(name === 'neg' || name === 'abs' || name === 'tanh' ? b[name](left) : b[name](left, right))
      }
      table.push(row)
    }
    const carry = inputs.map(({ name }, lane): [string, Value] => [name, pick(table.length - 1, lane)])
    return b.finish({ carry: Object.fromEntries(carry), ys: { alpha, some: pick(table.length >> 1, 2) } })
  }

  it('means the same when packed', async () => {
    let packed = 0
    await assert(
      asyncProperty(array(instruction, { minLength: 4, maxLength: 14 }), async (steps) => {
        const program = random(steps)
        if (pack(program).program !== program) packed++
        const carry = carryOf(program)
        const [got, want] = [
          await packedOnReference(program, carry, alphas('float64')),
          await onReference(program, carry, alphas('float64')),
        ]
        expect(got).toEqual(want)
      }),
      { numRuns: 300 },
    )
    expect(packed).toBeGreaterThan(50)
  })

  it('whose lanes need each other is left alone', () => {
    const b = new Builder('ladder')
    const x = b.xs('x', { dtype: 'float64', shape: [] })
    let rung = b.carry('rung', { dtype: 'float64', shape: [3] })
    // Each addition reads the tanh of the one before: alike, but one after the other.
    for (let i = 0; i < 6; i++) rung = b.tanh(b.add(rung, x))
    const program = b.finish({ carry: { rung }, ys: {} })
    expect(pack(program)).toEqual({ program, packs: [] })
  })
})
