import { assert, asyncProperty, double, integer } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { clipGradients, clippingSchema, type ClippingSpec } from '../src/optimize/clipping.js'
import { RandomStream } from '../src/random/stream.js'
import type { FloatDType } from '../src/tensor.js'
import { smallPlan } from './check-subjects.js'
import { evaluate, type Numbers, vector } from './evaluate.js'

type Gradients = Readonly<Record<'weight' | 'bias', Numbers>>

function clip(gradients: Gradients, spec: ClippingSpec, dtype: FloatDType = 'float64') {
  return evaluate(dtype, gradients, (b, values) => clipGradients(b, values, spec))
}

function all(gradients: Readonly<Record<string, ArrayLike<number>>>): number[] {
  return Object.values(gradients).flatMap((values) => Array.from(values))
}

function norm(values: readonly number[]): number {
  return Math.hypot(...values)
}

const gradients: Gradients = { weight: { shape: [2, 2], data: [3, -4, 0, 12] }, bias: vector([-84, 0]) }

describe('by norm', () => {
  test('all gradients are shortened together, to the factor of PyTorch', async () => {
    // |g| = sqrt(9 + 16 + 144 + 7056) = 85
    const factor = 17 / (85 + 1e-6)
    const { weight, bias } = await clip(gradients, { type: 'norm', maxNorm: 17 })
    for (const [i, value] of [3, -4, 0, 12].entries()) expect(weight?.[i]).toBeCloseTo(value * factor, 14)
    for (const [i, value] of [-84, 0].entries()) expect(bias?.[i]).toBeCloseTo(value * factor, 14)
  })

  test('what is short enough is not changed in a single bit', async () => {
    const { weight, bias } = await clip(gradients, { type: 'norm', maxNorm: 86 }, 'float32')
    expect({ weight, bias }).toEqual({ weight: [3, -4, 0, 12], bias: [-84, 0] })
  })

  test('zeros stay zeros', async () => {
    const zero: Gradients = { weight: vector([0, 0]), bias: vector([0]) }
    expect(all(await clip(zero, { type: 'norm', maxNorm: 1 }))).toEqual([0, 0, 0])
  })

  test.each([1e19, 1e30, 5e37])(
    'gradients of %d, whose squares overflow float32, have the right norm',
    async (size) => {
      const large: Gradients = { weight: vector([3 * size, 0]), bias: vector([-4 * size]) }
      const got = all(await clip(large, { type: 'norm', maxNorm: 10 }, 'float32'))
      for (const [i, value] of [6, 0, -8].entries()) {
        expect(Math.abs((got[i] ?? Number.NaN) - value)).toBeLessThanOrEqual(1e-6 * Math.abs(value))
      }
    },
  )

  test('gradients whose squares vanish in float32 are not changed', async () => {
    const [small, smaller] = [Math.fround(1e-25), Math.fround(-1e-40)]
    const got = await clip(
      { weight: vector([small, 0]), bias: vector([smaller]) },
      { type: 'norm', maxNorm: 1 },
      'float32',
    )
    expect(all(got)).toEqual([small, 0, smaller])
  })

  test('the direction stays, and the norm is at most maxNorm', async () => {
    await assert(
      asyncProperty(
        integer({ min: 0, max: 1e6 }),
        double({ min: 1e-3, max: 1e3, noNaN: true }),
        double({ min: -6, max: 6, noNaN: true }),
        async (seed, maxNorm, exponent) => {
          const stream = new RandomStream(seed, 'sample')
          const draw = (count: number): Numbers =>
            vector(Array.from({ length: count }, () => 10 ** exponent * stream.normal()))
          const before: Gradients = { weight: draw(5), bias: draw(3) }
          const [given, got] = [
            [...before.weight.data, ...before.bias.data],
            all(await clip(before, { type: 'norm', maxNorm })),
          ]
          expect(norm(got)).toBeLessThanOrEqual(maxNorm * (1 + 1e-12))
          const factor = norm(got) / norm(given)
          const turned = got.map((value, i) => value - factor * (given[i] ?? Number.NaN))
          expect(norm(turned)).toBeLessThanOrEqual(1e-12 * norm(got))
        },
      ),
      { numRuns: 50 },
    )
  })
})

describe('by value', () => {
  test('every element is held within the limit', async () => {
    const { weight, bias } = await clip(gradients, { type: 'value', limit: 3.5 })
    expect({ weight, bias }).toEqual({ weight: [3, -3.5, 0, 3.5], bias: [-3.5, 0] })
  })

  test('infinities are held too, and NaN is not hidden', async () => {
    const wild: Gradients = { weight: vector([Infinity, -Infinity]), bias: vector([Number.NaN]) }
    expect(all(await clip(wild, { type: 'value', limit: 2 }))).toEqual([2, -2, Number.NaN])
  })
})

/** Applications of min in the update of a training step. */
function countMinima(clipping: unknown): number {
  const { nodes } = smallPlan(clipping === undefined ? {} : { clipping }).program('train')
  return nodes.filter(({ op, stage }) => op === 'minimum' && stage === 'update').length
}

describe('in an experiment', () => {
  test.each([[{ type: 'norm' }], [{ type: 'norm', maxNorm: 0 }], [{ type: 'value', limit: -1 }], [{ type: 'size' }]])(
    '%j is refused',
    (spec) => {
      expect(clippingSchema.safeParse(spec).success).toBe(false)
    },
  )

  test('clipping stands between gradients and update, and leaves other programs as they are', () => {
    // Two weights and two biases, each held from both sides.
    expect(countMinima({ type: 'value', limit: 1 })).toBe(4)
    expect(countMinima({ type: 'norm', maxNorm: 1 })).toBe(1)
    expect(countMinima(undefined)).toBe(0)
  })
})
