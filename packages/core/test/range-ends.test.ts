/**
 * Settings at the ends of their range, in float32: moving averages against PyTorch's (`vectors/optimizer_ends.py` made the
 * numbers) and against float64, masks against the binomial distribution.
 */
import * as fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { parseExperiment } from '../src/experiment/experiment.js'
import { Builder } from '../src/ir/builder.js'
import { movedByScalar, movingAverage, towards } from '../src/ir/moving-average.js'
import { drawMask, drawnRate } from '../src/random/mask.js'
import { RandomStream } from '../src/random/stream.js'
import { referenceBackend } from '../src/reference/backend.js'
import { type Tensor, tensor } from '../src/tensor.js'
import { initial, runSteps, specOf } from './optimizer-run.js'
import vectors from './vectors/optimizer-ends.json' with { type: 'json' }

const size = 12
const zeros = Array.from({ length: size }, () => 0)

function gradient(t: number, i: number): number {
  return vectors.gradients[t - 1]?.[i] ?? Number.NaN
}

function one(value: number): Tensor {
  return tensor('float32', [1], [value])
}

/** The largest relative difference; numbers below the floor are 0. */
function furthest(got: ArrayLike<number>, expected: readonly number[], floor = 1e-30): number {
  const errors = expected.map((value, i) => Math.abs(Number(got[i]) - value) / Math.max(Math.abs(value), floor))
  return Math.max(0, ...errors)
}

test.each(vectors.cases.map(({ settings, steps }) => [settings, steps] as const))(
  '%j has the changes and states of PyTorch in float32',
  async (settings, steps) => {
    const spec = specOf(settings)
    const from = { ...initial(spec), parameter: zeros }
    for (const [step, { change, state }] of Object.entries(steps)) {
      const t = Number(step)
      // oxlint-disable-next-line no-await-in-loop -- a few tiny programs
      const { parameters, carry } = await runSteps(spec, 'float32', { from, first: 1, count: t }, gradient)
      const [after = [], before = zeros] = [parameters[t - 1], parameters[t - 2]]
      const sizes = after.map((value, i) => Math.max(Math.abs(value), Math.abs(before[i] ?? 0)))
      const errors = after.map((value, i) => Math.abs(value - (before[i] ?? 0) - (change[i] ?? Number.NaN)))
      // A change is known to half a unit in the last place of what it changes.
      const allowed = sizes.map((own, i) => 4 * 2 ** -24 * own + 1e-5 * Math.abs(change[i] ?? 0))
      expect(
        errors.every((error, i) => error <= (allowed[i] ?? 0)),
        `change of step ${t}`,
      ).toBe(true)
      for (const [name, values] of Object.entries<readonly number[]>({ ...state })) {
        expect(furthest(carry[name]?.data ?? [], values), `${name} of step ${t}`).toBeLessThan(1e-5)
      }
    }
  },
)

/** One emitted average in float32. */
async function averaged(
  emit: (b: Builder, average: ReturnType<Builder['xs']>, x: ReturnType<Builder['xs']>) => ReturnType<Builder['xs']>,
  [average, x]: readonly [number, number],
): Promise<number> {
  const b = new Builder('average')
  const [before, given] = ['average', 'x'].map((name) => b.xs(name, { dtype: 'float32', shape: [] }))
  if (before === undefined || given === undefined) throw new Error('no inputs')
  const executable = await referenceBackend().compile(b.finish({ carry: {}, ys: { out: emit(b, before, given) } }), {})
  return Number((await executable.scan({}, { average: one(average), x: one(x) })).ys['out']?.data[0])
}

describe('a moving average', () => {
  const positive = fc.double({ min: 1e-12, max: 1e12, noNaN: true }).map(Math.fround)
  const share = fc.oneof(fc.constantFrom(0, 1, 0.5, 1e-7, 1 - 1e-7), fc.double({ min: 0, max: 1, noNaN: true }))

  it('of positive numbers has a relative error of a few roundings, whatever its rate', async () => {
    await fc.assert(
      fc.asyncProperty(positive, positive, share, async (average, x, rate) => {
        const exact = rate * average + (1 - rate) * x
        const found = await averaged((b, a, y) => movingAverage(b, a, y, rate), [average, x])
        // A rate is itself rounded to float32; 1 - rate is made in float64.
        expect(Math.abs(found - exact) / exact).toBeLessThan(6 * 2 ** -24)
      }),
    )
  })

  it('is the same by the share of what is new, constant or a scalar of the step', async () => {
    await fc.assert(
      fc.asyncProperty(positive, positive, share.map(Math.fround), async (average, x, of) => {
        const exact = (1 - of) * average + of * x
        const scalar = (b: Builder) => b.constant(of, 'float32')
        const found = [
          await averaged((b, a, y) => towards(b, a, y, of), [average, x]),
          await averaged((b, a, y) => movedByScalar(b, a, y, scalar(b), true), [average, x]),
        ]
        for (const each of found) expect(Math.abs(each - exact) / exact).toBeLessThan(6 * 2 ** -24)
      }),
    )
  })

  it.each([0, 0.3, 0.5, 0.9, 1])('with the rate %d of a constant is that constant', async (rate) => {
    expect(await averaged((b, a, y) => movingAverage(b, a, y, rate), [0.1, 0.1])).toBe(Math.fround(0.1))
  })
})

test.each(vectors.batchNorm.map(({ momentum, running }) => [momentum, running] as const))(
  'running statistics with the momentum %d are those of PyTorch in float32',
  async (momentum, running) => {
    let [mean, variance] = [0, 1]
    for (const [i, [wantedMean = Number.NaN, wantedVariance = Number.NaN]] of running.entries()) {
      const rows = [1, 2, 4, -3].map((value) => Math.fround(value * (1e3 / 1e3 ** i)))
      const centre = rows.reduce((sum, value) => sum + value, 0) / 4
      const spread = rows.reduce((sum, value) => sum + (value - centre) ** 2, 0) / 3
      // oxlint-disable-next-line no-await-in-loop -- each batch moves what the one before it left
      mean = await averaged((b, a, y) => towards(b, a, y, momentum), [mean, centre])
      // oxlint-disable-next-line no-await-in-loop
      variance = await averaged((b, a, y) => towards(b, a, y, momentum), [variance, spread])
      expect(furthest([mean, variance], [wantedMean, wantedVariance])).toBeLessThan(1e-6)
    }
  },
)

describe('a mask', () => {
  it.each([7e-6, 1.2e-5, 1e-4, 0.1, 0.25, 1 / 3, 0.5, 0.9, 0.99999])('of the rate %d drops that share', (rate) => {
    const all = 4_000_000
    const mask = new Uint8Array(all)
    drawMask(mask, rate, new RandomStream(5, 'masks', 1))
    const dropped = mask.reduce((sum, kept) => sum + 1 - kept, 0)
    expect(Math.abs(dropped - all * rate) / Math.sqrt(all * rate * (1 - rate))).toBeLessThan(4)
  })

  it('of a multiple of 2^-16 is drawn from half words, as it always was', () => {
    const mask = new Uint8Array(7)
    drawMask(mask, 0.25, new RandomStream(5, 'masks', 1))
    const words = new RandomStream(5, 'masks', 1)
    const halves = Array.from({ length: 4 }, () => words.word()).flatMap((word) => [word & 0xffff, word >>> 16])
    expect([...mask]).toEqual(halves.slice(0, 7).map((half) => (half >= 0x4000 ? 1 : 0)))
    expect(drawnRate(0.25)).toBe(0.25)
  })

  it('has the rate that it is scaled by to 2^-33', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (rate) => {
        expect(Math.abs(drawnRate(rate) - rate)).toBeLessThanOrEqual(2 ** -33)
      }),
    )
  })

  it.each([1e-11, 1 - 1e-11])('of the rate %d cannot be had, and is refused', (rate) => {
    const layers = [{ type: 'flatten' }, { type: 'dropout', rate }, { type: 'dense', units: 10 }]
    const optimizer = { type: 'sgd', learningRate: 0.1 }
    const experiment = { name: 'd', data: { dataset: 'digits' }, model: { layers }, optimizer, batchSize: 2, epochs: 1 }
    expect(() => parseExperiment(experiment)).toThrow('"rate" to be 0 or from 2^-32 to 1 - 2^-32')
  })
})
