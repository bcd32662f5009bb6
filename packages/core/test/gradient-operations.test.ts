import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Builder, Value } from '../src/ir/builder.js'
import { type OpAttributes, operationOf, operations, type OpName, opNames } from '../src/ir/ops/index.js'
import type { Operation } from '../src/ir/ops/operation.js'
import { BATCH, concreteShape, type Shape } from '../src/ir/program.js'
import { RandomStream } from '../src/random/stream.js'
import { elementCount } from '../src/tensor.js'
import { gradientError, type Point } from './finite-differences.js'

/** Where an input's values come from; each keeps the finite differences away from kinks and poles. */
type Domain = 'any' | 'positive' | 'nonzero' | 'even' | 'odd' | 'distinct' | 'bits' | `rows ${number}`

/** One application of an operation: the shapes of its inputs and its attributes. */
interface Application<A> {
  readonly shapes: readonly Shape[]
  readonly attributes: A
}

interface Recipe<A> {
  readonly domains: readonly Domain[]
  readonly applications: fc.Arbitrary<Application<A>>
}

/** What has no derivative is listed too, so that a new operation must take a side. */
type Recipes = { readonly [K in OpName]: Recipe<OpAttributes[K]> | 'none' }

const BATCH_SIZE = 3
const dimension = fc.integer({ min: 1, max: 3 })

function shapeOfRank(min: number, max: number): fc.Arbitrary<Shape> {
  const plain = fc.array(dimension, { minLength: min, maxLength: max })
  // A dimension of the batch's size becomes the batch itself half of the time.
  return fc.tuple(plain, fc.boolean()).map(([shape, symbolic]) => {
    const axis = shape.indexOf(BATCH_SIZE)
    return symbolic ? shape.map((one, i) => (i === axis ? BATCH : one)) : shape
  })
}

/** Shapes that broadcast to a common one: leading axes dropped, others made 1. */
function broadcastable(count: number): fc.Arbitrary<readonly Shape[]> {
  const cut = fc.tuple(fc.nat(3), fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }))
  return fc
    .tuple(shapeOfRank(0, 3), fc.array(cut, { minLength: count, maxLength: count }))
    .map(([full, cuts]) =>
      cuts.map(([dropped, ones]) =>
        full.map((one, axis) => (ones[axis] === true ? 1 : one)).slice(Math.min(dropped, full.length)),
      ),
    )
}

function unary(domain: Domain): Recipe<Readonly<Record<string, never>>> {
  return { domains: [domain], applications: shapeOfRank(0, 3).map((shape) => ({ shapes: [shape], attributes: {} })) }
}

function binary(x: Domain, y: Domain): Recipe<Readonly<Record<string, never>>> {
  return { domains: [x, y], applications: broadcastable(2).map((shapes) => ({ shapes, attributes: {} })) }
}

function reduction(domain: Domain): Recipe<OpAttributes['reduceSum']> {
  const applications = shapeOfRank(1, 3).chain((shape) =>
    fc
      .tuple(fc.subarray([...shape.keys()], { minLength: 1 }), fc.boolean())
      .map(([axes, keepDims]) => ({ shapes: [shape], attributes: { axes, keepDims } })),
  )
  return { domains: [domain], applications }
}

/** Matrices, for each position of leading axes, or with rows of several axes. */
const products: fc.Arbitrary<Application<OpAttributes['matmul']>> = fc
  .tuple(shapeOfRank(3, 3), fc.boolean(), fc.boolean(), shapeOfRank(0, 2), fc.constantFrom('none', 'rows', 'inner'))
  .map(([[rows = 1, inner = 1, columns = 1], transposeA, transposeB, lead, joins]) => {
    const leading = [rows, inner, columns].includes(BATCH) ? lead.map((d) => (d === BATCH ? 2 : d)) : lead
    if (joins === 'rows') {
      const b: Shape = transposeB ? [columns, inner] : [inner, columns]
      return { shapes: [[...leading, rows, inner], b], attributes: { transposeA: false, transposeB, joined: true } }
    }
    if (joins === 'inner') {
      const shapes: Shape[] = [rows, columns].map((last) => [...leading, inner, last])
      return { shapes, attributes: { transposeA: true, transposeB: false, joined: true } }
    }
    const a: Shape = transposeA ? [inner, rows] : [rows, inner]
    const b: Shape = transposeB ? [columns, inner] : [inner, columns]
    return { shapes: [a, b].map((matrix) => [...leading, ...matrix]), attributes: { transposeA, transposeB } }
  })

const reshapes: fc.Arbitrary<Application<OpAttributes['reshape']>> = fc
  .tuple(shapeOfRank(1, 3), fc.boolean())
  .map(([shape, flatten]) => {
    const reversed = shape.toReversed()
    const flat = shape.includes(BATCH)
      ? [BATCH, elementCount(concreteShape(shape, 1))]
      : [elementCount(shape.map(Number))]
    return { shapes: [shape], attributes: { shape: flatten ? (flat as Shape) : reversed } }
  })

const repetitions: fc.Arbitrary<Application<OpAttributes['broadcastTo']>> = broadcastable(1).chain((shapes) =>
  fc.array(dimension, { maxLength: 1 }).map((lead) => {
    const [from = []] = shapes
    const target = [...lead, ...from.map((one) => (one === 1 ? 2 : one))]
    return { shapes, attributes: { shape: target } }
  }),
)

const permutations: fc.Arbitrary<Application<OpAttributes['transpose']>> = shapeOfRank(1, 3).chain((shape) =>
  fc
    .shuffledSubarray([...shape.keys()], { minLength: shape.length })
    .map((permutation) => ({ shapes: [shape], attributes: { permutation } })),
)

const concatenations: fc.Arbitrary<Application<OpAttributes['concat']>> = fc
  .tuple(shapeOfRank(1, 3), fc.nat(2), fc.array(dimension, { minLength: 1, maxLength: 3 }))
  .map(([shape, at, lengths]) => {
    const axis = at % shape.length
    const others = shape.map((one, i) => (i === axis && one === BATCH ? 2 : one))
    return {
      shapes: lengths.map((length) => others.map((one, i) => (i === axis ? length : one))),
      attributes: { axis },
    }
  })

const slices: fc.Arbitrary<Application<OpAttributes['slice']>> = fc
  .tuple(shapeOfRank(1, 3), fc.nat(2), fc.nat(3), fc.integer({ min: 1, max: 3 }), fc.nat(3))
  .map(([shape, at, start, length, rest]) => {
    const axis = at % shape.length
    const from = shape.map((one, i) => (i === axis ? start + length + rest : one))
    return { shapes: [from], attributes: { axis, start, stop: start + length } }
  })

const gathers: fc.Arbitrary<Application<OpAttributes['gatherRows']>> = fc
  .tuple(fc.array(dimension, { maxLength: 2 }), fc.oneof(fc.integer({ min: 1, max: 5 }), fc.constant(BATCH)))
  .map(([rest, count]) => ({ shapes: [[4, ...rest], [count]], attributes: {} }))

const scatters: fc.Arbitrary<Application<OpAttributes['scatterAddRows']>> = gathers.map(
  ({ shapes: [table = [], rows = []] }) => ({
    shapes: [[...rows, ...table.slice(1)], rows],
    attributes: { count: 4 },
  }),
)

const windows = fc.record({
  stride: dimension,
  dilation: fc.integer({ min: 1, max: 2 }),
  before: fc.nat(2),
  after: fc.nat(1),
})

/** A convolution of one axis and, as two axes, of it twice; samples are long enough for every window. */
function convolved<K extends 'convolve' | 'convolveData' | 'convolveFilter'>(op: K): Recipe<OpAttributes[K]> {
  const applications = fc
    .tuple(windows, fc.integer({ min: 1, max: 2 }), dimension, fc.integer({ min: 1, max: 2 }), fc.boolean())
    .map(([{ stride, dilation, before, after }, groups, length, window, isPlane]) => {
      const twice = <T>(one: T): T[] => (isPlane ? [one, one] : [one])
      const input = length + dilation * (window - 1)
      const output = Math.floor((length - 1 + before + after) / stride) + 1
      const [x, w, y] = [
        [BATCH, 2 * groups, ...twice(input)],
        [groups, 2, ...twice(window)],
        [BATCH, groups, ...twice(output)],
      ] as const
      const padding = twice<[number, number]>([before, after])
      const attributes = { strides: twice(stride), padding, dilations: twice(dilation), groups }
      const size = twice(op === 'convolveData' ? input : window)
      const shapes: readonly Shape[] = { convolve: [x, w], convolveData: [y, w], convolveFilter: [x, y] }[op]
      return { shapes, attributes: { ...attributes, ...(op !== 'convolve' && { size }) } as OpAttributes[K] }
    })
  return { domains: ['any', 'any'], applications }
}

/** Pooled windows of one axis; padding is shorter than the window. */
function pooled<K extends 'maxPool' | 'maxPoolData' | 'sumPool' | 'sumPoolData'>(op: K): Recipe<OpAttributes[K]> {
  const isOfMaxima = op === 'maxPool' || op === 'maxPoolData'
  const applications = fc.tuple(windows, dimension, fc.integer({ min: 1, max: 3 })).map(([one, length, window]) => {
    const [before, after] = [Math.min(one.before, window - 1), Math.min(one.after, window - 1)]
    const input = length + window - 1
    const output = Math.floor((length - 1 + before + after) / one.stride) + 1
    const [x, y]: Shape[] = [
      [BATCH, 2, input],
      [BATCH, 2, output],
    ]
    const attributes = { window: [window], strides: [one.stride], padding: [[before, after]], dilations: [1] }
    const shapes = { maxPool: [x, x], maxPoolData: [x, y], sumPool: [x], sumPoolData: [y] }[op] as readonly Shape[]
    return {
      shapes,
      attributes: { ...attributes, ...(op === 'sumPoolData' && { size: [input] }) } as unknown as OpAttributes[K],
    }
  })
  return { domains: isOfMaxima ? ['distinct', 'any'] : ['any'], applications }
}

const recipes: Recipes = {
  add: binary('any', 'any'),
  sub: binary('any', 'any'),
  mul: binary('any', 'any'),
  div: binary('any', 'nonzero'),
  maximum: binary('even', 'odd'),
  minimum: binary('even', 'odd'),
  neg: unary('any'),
  abs: unary('nonzero'),
  sign: 'none',
  exp: unary('any'),
  log: unary('positive'),
  sqrt: unary('positive'),
  relu: unary('nonzero'),
  sigmoid: unary('any'),
  tanh: unary('any'),
  logSoftmax: {
    domains: ['any'],
    applications: shapeOfRank(1, 3)
      .filter((shape) => shape.at(-1) !== BATCH)
      .map((shape) => ({ shapes: [shape], attributes: {} })),
  },
  greater: 'none',
  greaterEqual: 'none',
  equal: 'none',
  select: {
    domains: ['bits', 'any', 'any'],
    applications: broadcastable(3).map((shapes) => ({ shapes, attributes: {} })),
  },
  matmul: { domains: ['any', 'any'], applications: products },
  convolve: convolved('convolve'),
  convolveData: convolved('convolveData'),
  convolveFilter: convolved('convolveFilter'),
  maxPool: pooled('maxPool'),
  maxPoolData: pooled('maxPoolData'),
  sumPool: pooled('sumPool'),
  sumPoolData: pooled('sumPoolData'),
  reduceSum: reduction('any'),
  reduceMax: reduction('distinct'),
  argMax: 'none',
  reshape: { domains: ['any'], applications: reshapes },
  broadcastTo: { domains: ['any'], applications: repetitions },
  transpose: { domains: ['any'], applications: permutations },
  concat: { domains: ['any', 'any', 'any'], applications: concatenations },
  slice: { domains: ['any'], applications: slices },
  gatherRows: { domains: ['any', 'rows 4'], applications: gathers },
  scatterAddRows: { domains: ['any', 'rows 4'], applications: scatters },
  oneHot: 'none',
  cast: {
    domains: ['any'],
    applications: shapeOfRank(0, 2).map((shape) => ({ shapes: [shape], attributes: { dtype: 'float64' } })),
  },
  constant: 'none',
  size: 'none',
}

const draws: Readonly<Record<Exclude<Domain, `rows ${number}`>, (random: RandomStream, k: number) => number>> = {
  any: (random) => 4 * random.uniform() - 2,
  positive: (random) => 0.5 + 2 * random.uniform(),
  nonzero: (random) => (0.5 + random.uniform()) * (random.below(2) === 0 ? 1 : -1),
  even: (random) => (2 * random.below(20) - 20) / 20,
  odd: (random) => (2 * random.below(20) - 19) / 20,
  distinct: (_, k) => ((7 * k + 3) % 31) / 10,
  bits: (random) => random.below(2),
}

function pointOf(domain: Domain, shape: Shape, random: RandomStream): Point {
  const count = elementCount(concreteShape(shape, BATCH_SIZE))
  const fill = (draw: (k: number) => number): number[] => Array.from({ length: count }, (_, k) => draw(k))
  if (domain === 'bits') return { dtype: 'bool', shape, data: fill(() => random.below(2)) }
  if (domain.startsWith('rows ')) {
    return { dtype: 'int32', shape, data: fill(() => random.below(Number(domain.slice('rows '.length)))) }
  }
  const draw = draws[domain as keyof typeof draws]
  return { shape, data: fill((k) => draw(random, k)) }
}

/** Sum of the operation's output, each element with a weight of its own. */
function weightedSum<K extends OpName>(
  b: Builder,
  op: K,
  inputs: readonly Value[],
  attributes: OpAttributes[K],
): Value {
  const [weights, ...operands] = inputs
  const output = b.emit(op, operands, attributes)
  return weights === undefined ? output : b.reduceSum(b.mul(output, b.reshape(weights, output.type.shape)))
}

function outputShape(op: OpName, { shapes, attributes }: Application<unknown>, domains: readonly Domain[]): Shape {
  const { infer } = operationOf(op) as Operation<unknown>
  const types = shapes.map((shape, i) => {
    const domain = domains[i] ?? 'any'
    const dtype = domain === 'bits' ? 'bool' : domain.startsWith('rows') ? 'int32' : 'float64'
    return { dtype, shape } as const
  })
  return infer(types, attributes).shape
}

const differentiable = opNames.filter((op) => recipes[op] !== 'none')

describe('the gradient of every operation', () => {
  it('exists exactly where a recipe says so', () => {
    expect(opNames.filter((op) => operations[op].gradient !== 'none')).toEqual(differentiable)
  })

  it.each(differentiable)('%s agrees with finite differences', async (op) => {
    const recipe = recipes[op] as Recipe<never>
    await fc.assert(
      fc.asyncProperty(recipe.applications, fc.nat(2 ** 31), async (application, seed) => {
        const random = new RandomStream(seed, 'sample')
        const points = application.shapes.map((shape, i) => pointOf(recipe.domains[i] ?? 'any', shape, random))
        const weights = pointOf('nonzero', outputShape(op, application, recipe.domains), random)
        const error = await gradientError(
          [weights, ...points],
          (b, inputs) => weightedSum(b, op, inputs, application.attributes),
          BATCH_SIZE,
        )
        expect(error).toBeLessThan(1e-9)
      }),
      { numRuns: 40, seed: 1 },
    )
  })
})
