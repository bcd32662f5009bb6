/** Nodes that are written together give the bits that they give one by one. Tapping every node parts them all. */
import { type Backend, type FloatDType, tensor, type TensorMap } from '@isograd/core/backend'
import { RandomStream } from '@isograd/core/data'
import { Builder, type Program, tap, type Value } from '@isograd/core/ir'
import * as fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { buildModel } from '../src/model/model.js'
import { backendOn } from './builds.js'

const [onnx, web] = [backendOn('onnx'), backendOn('onnx-web')]
afterAll(() => Promise.all([onnx.dispose(), web.dispose()]))

function operatorsOf(program: Program): string[] {
  const loop = buildModel(program, '0', 1).graph.node.find(({ opType }) => opType === 'Loop')
  const body = loop?.attribute.find(({ name }) => name === 'body')?.g
  return (body?.node ?? []).map(({ opType }) => opType).filter((opType) => opType !== 'Gather' && opType !== 'Identity')
}

function normals(seed: number, dtype: FloatDType, shape: readonly number[]) {
  const stream = new RandomStream(seed, 'sample', shape.length)
  const count = shape.reduce((product, length) => product * length, 1)
  return tensor(
    dtype,
    shape,
    Array.from({ length: count }, () => stream.normal()),
  )
}

/** One step; the tensors are those of `xs` without the axis of steps. */
async function run(backend: Backend, program: Program, xs: TensorMap) {
  const executable = await backend.compile(program, {})
  const one = Object.entries(xs).map(([name, each]) => [name, { ...each, shape: [1, ...each.shape] }])
  const { ys } = await executable.scan({}, Object.fromEntries(one))
  await executable.dispose()
  return ys['y']
}

function apart(program: Program): Program {
  return tap(
    program,
    program.nodes.filter(({ id }) => program.outputs.ys.every(({ value }) => value !== id)).map(({ name }) => name),
  )
}

interface Layer {
  readonly dtype: FloatDType
  readonly inner: number
  readonly width: number
  readonly addend: 'vector' | 'row' | 'column' | 'matrix' | 'scalar'
  readonly transposes: readonly [boolean, boolean]
  readonly relu: boolean
}

const rows = 5

function operandShapes({ inner, width, addend, transposes }: Layer) {
  const shapes = { vector: [width], row: [1, width], column: [rows, 1], matrix: [rows, width], scalar: [] }
  return {
    a: transposes[0] ? [inner, rows] : [rows, inner],
    b: transposes[1] ? [width, inner] : [inner, width],
    c: shapes[addend],
  }
}

function layerProgram(layer: Layer): Program {
  const b = new Builder('layer')
  const [x, w, c] = Object.entries(operandShapes(layer)).map(([name, shape]) =>
    b.xs(name, { dtype: layer.dtype, shape }),
  ) as [Value, Value, Value]
  const sum = b.add(b.matmul(x, w, ...layer.transposes), c)
  return b.finish({ carry: {}, ys: { y: layer.relu ? b.relu(sum) : sum } })
}

const layers = fc.record({
  dtype: fc.constantFrom('float32' as const, 'float64' as const),
  inner: fc.integer({ min: 1, max: 128 }),
  width: fc.integer({ min: 2, max: 40 }),
  addend: fc.constantFrom('vector' as const, 'row' as const, 'column' as const, 'matrix' as const, 'scalar' as const),
  transposes: fc.tuple(fc.boolean(), fc.boolean()),
  relu: fc.boolean(),
})

const operatorsFor = ({ dtype, relu }: Layer): string[] => {
  if (!relu) return ['Gemm']
  return dtype === 'float32' ? ['FusedGemm'] : ['Gemm', 'Relu']
}

describe('a product and what is added to it', () => {
  it.each([onnx, web])('is one operator with the bits of two or three: $name', { timeout: 120_000 }, (backend) =>
    fc.assert(
      fc.asyncProperty(layers, fc.integer({ min: 0, max: 1e6 }), async (layer, seed) => {
        const program = layerProgram(layer)
        const xs = Object.fromEntries(
          Object.entries(operandShapes(layer)).map(([name, shape], i) => [name, normals(seed + i, layer.dtype, shape)]),
        )
        expect(operatorsOf(program)).toEqual(operatorsFor(layer))
        expect(operatorsOf(apart(program))).toContain('Add')
        expect(await run(backend, program, xs)).toEqual(await run(backend, apart(program), xs))
      }),
      { numRuns: 300 },
    ),
  )

  it.each(['float32', 'float64'] as const)('hands on NaN and infinities as they do: %s', async (dtype) => {
    const layer: Layer = { dtype, inner: 2, width: 3, addend: 'vector', transposes: [false, false], relu: true }
    const a = tensor(dtype, [5, 2], [1, -1, Number.NaN, 0, Infinity, 1, 1, -Infinity, 0, 0])
    const xs = { a, b: normals(1, dtype, [2, 3]), c: tensor(dtype, [3], [1, Number.NaN, -Infinity]) }
    const program = layerProgram(layer)
    expect(await run(onnx, program, xs)).toEqual(await run(onnx, apart(program), xs))
  })

  it.each<[string, Program]>([
    ['too long a sum', layerProgram({ ...layerOf(), inner: 129 })],
    ['a single column', layerProgram({ ...layerOf(), width: 1 })],
    ['a product that is read twice', twice()],
    ['a product that is an output', withProductOut()],
  ])('is not for %s', (_, program) => {
    expect(operatorsOf(program)).toEqual(expect.arrayContaining(['MatMul', 'Add']))
  })
})

function layerOf(): Layer {
  return { dtype: 'float32', inner: 4, width: 3, addend: 'vector', transposes: [false, false], relu: false }
}

function twice(): Program {
  const b = new Builder('twice')
  const x = b.xs('x', { dtype: 'float32', shape: [4, 4] })
  const product = b.matmul(x, x)
  return b.finish({ carry: {}, ys: { y: b.mul(b.add(product, x), product) } })
}

function withProductOut(): Program {
  const b = new Builder('out')
  const x = b.xs('x', { dtype: 'float32', shape: [4, 4] })
  const product = b.matmul(x, x)
  return b.finish({ carry: {}, ys: { y: b.add(product, x), product } })
}

const scaling = (dtype: FloatDType): Program => {
  const b = new Builder('scaling')
  const bytes = b.xs('bytes', { dtype: 'uint8', shape: ['batch', 2] })
  return b.finish({ carry: {}, ys: { y: b.mul(b.cast(bytes, dtype), b.constant(1 / 255, dtype)) } })
}

describe('bytes times a number', () => {
  const bytes = tensor('uint8', [128, 2], [...Array(256).keys()])

  it('are the rounded product of both, for every byte', async () => {
    expect(operatorsOf(scaling('float32'))).toEqual(['DequantizeLinear'])
    const expected = Array.from(bytes.data, (byte) => Math.fround(byte * Math.fround(1 / 255)))
    expect(await run(onnx, scaling('float32'), { bytes })).toEqual(tensor('float32', [1, 128, 2], expected))
  })

  it('are cast and multiplied in float64, which the operator does not have', async () => {
    expect(operatorsOf(scaling('float64'))).toEqual(['Cast', 'Mul'])
    const expected = Array.from(bytes.data, (byte) => byte * (1 / 255))
    expect(await run(onnx, scaling('float64'), { bytes })).toEqual(tensor('float64', [1, 128, 2], expected))
  })
})

const repeating = (use: (b: Builder, repeated: Value, x: Value) => Value): Program => {
  const b = new Builder('repeating')
  const x = b.xs('x', { dtype: 'float32', shape: ['batch', 3] })
  const sum = b.reduceSum(x, [0, 1])
  return b.finish({ carry: {}, ys: { y: use(b, b.broadcastTo(sum, ['batch', 3]), x) } })
}

describe('a value repeated for operators that repeat it themselves', () => {
  it.each<[string, Program, string[]]>([
    ['beside a whole operand', repeating((b, repeated, x) => b.sub(x, repeated)), ['ReduceSum', 'Sub']],
    ['beside itself', repeating((b, repeated) => b.mul(repeated, repeated)), ['ReduceSum', 'Expand', 'Mul']],
    [
      'in a product',
      repeating((b, repeated, x) => b.matmul(x, repeated, true, false)),
      ['ReduceSum', 'Expand', 'Gemm'],
    ],
    ['as an output', repeating((_, repeated) => repeated), ['ReduceSum', 'Expand']],
  ])('%s', async (_, program, operators) => {
    expect(operatorsOf(program)).toEqual(operators)
    const xs = { x: normals(3, 'float32', [4, 3]) }
    expect(await run(onnx, program, xs)).toEqual(await run(onnx, apart(program), xs))
  })
})

const matrix = (columns: number, of: (i: number, j: number) => number) =>
  tensor(
    'float32',
    [6, columns],
    Array.from({ length: 6 * columns }, (_, at) => of(Math.floor(at / columns), at % columns)),
  )

describe('a tall and narrow weight gradient', () => {
  it.each<[number, number, string[]]>([
    [784, 10, ['Gemm', 'Transpose']],
    [127, 10, ['Gemm']],
    [784, 25, ['Gemm']],
    [784, 1, ['Gemm']],
  ])('[%i, %i] is computed the other way round where that is faster', async (inputs, outputs, operators) => {
    const b = new Builder('weight gradient')
    const x = b.xs('x', { dtype: 'float32', shape: ['batch', inputs] })
    const dz = b.xs('dz', { dtype: 'float32', shape: ['batch', outputs] })
    const program = b.finish({ carry: {}, ys: { y: b.matmul(x, dz, true, false) } })
    expect(operatorsOf(program)).toEqual(operators)
    // Integers this small multiply and add without rounding.
    const [xs, dzs] = [(i: number, j: number) => ((3 * i + j) % 7) - 3, (i: number, j: number) => ((i + 5 * j) % 5) - 2]
    const expected = Array.from({ length: inputs * outputs }, (_, at) => {
      const [row, column] = [Math.floor(at / outputs), at % outputs]
      return [...Array(6).keys()].reduce((sum, k) => sum + xs(k, row) * dzs(k, column), 0)
    })
    const y = await run(onnx, program, { x: matrix(inputs, xs), dz: matrix(outputs, dzs) })
    expect(Array.from(y?.data ?? [])).toEqual(expected)
  })
})
