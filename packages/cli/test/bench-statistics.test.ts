/** Medians, ratios and fits against published figures, closed forms and laws. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { epochBench, meanRatios, type PresetBench, ratiosOf } from '../src/bench/document.js'
import { growthOf, memoryOf } from '../src/bench/growth-document.js'
import { stepsOfStretch, stepsToTime } from '../src/bench/epochs.js'
import { growthSentence, logarithmicPlace, memorySentence } from '../src/bench/growth-figures.js'
import { Stopwatch } from '../src/bench/jobs/stopwatch.js'
import { fitLine, fitPower, geometricMean, ratios, summarise } from '../src/bench/statistics.js'
import { workloadsOf, shortened } from '../src/bench/workload.js'
import { subject } from './bench-document.js'

const positive = fc.double({ min: 1e-3, max: 1e3, noNaN: true })
const some = fc.array(positive, { minLength: 1, maxLength: 12 })

describe('summaries', () => {
  it('finds the middle of odd and of even numbers of values', () => {
    expect(summarise([3, 1, 2]).median).toBe(2)
    expect(summarise([4, 1, 3, 2]).median).toBe(2.5)
    expect(summarise([]).median).toBeNaN()
  })

  it('has the quartiles that R and NumPy have by default', () => {
    // quantile(c(3, 6, 7, 8, 8, 10, 13, 15, 16, 20), c(.25, .75)) is 7.25 and 14.5.
    const { spread } = summarise([20, 3, 6, 16, 7, 8, 13, 8, 10, 15])
    expect(spread).toBeCloseTo((14.5 - 7.25) / 9, 12)
  })

  it('keeps the values in the order of the rounds', () => {
    expect(summarise([5, 1, 9])).toEqual({ median: 5, least: 1, most: 9, spread: 4 / 5, values: [5, 1, 9] })
  })

  it('does not depend on the order, and moves with the unit', () => {
    fc.assert(
      fc.property(some, positive, (values, unit) => {
        const [forth, back] = [summarise(values), summarise(values.toReversed())]
        expect([back.median, back.least, back.most, back.spread]).toEqual([
          forth.median,
          forth.least,
          forth.most,
          forth.spread,
        ])
        expect(forth.least).toBeLessThanOrEqual(forth.median)
        expect(forth.median).toBeLessThanOrEqual(forth.most)
        const scaled = summarise(values.map((value) => value * unit))
        expect(scaled.median).toBeCloseTo(forth.median * unit, 6)
        expect(scaled.spread).toBeCloseTo(forth.spread, 6)
      }),
    )
  })
})

function presetWith(ratio: number): Pick<PresetBench, 'ratios'> {
  return { ratios: [{ subject: 'one', to: 'PyTorch', ratio: summarise([ratio]) }] }
}

describe('ratios', () => {
  it('are taken round by round, so that what slows a round slows both', () => {
    // The machine is three times slower in the second round: the medians alone would give 4 / 4.
    expect(ratios([2, 6, 4], [4, 12, 2]).values).toEqual([0.5, 0.5, 2])
    expect(ratios([2, 6, 4], [4, 12, 2]).median).toBe(0.5)
  })

  it('leave out the rounds that one side does not have', () => {
    expect(ratios([1, 2, 3], [2]).values).toEqual([0.5])
    expect(ratios([1], []).median).toBeNaN()
  })

  it('compare a backend with its own floor and with every peer', () => {
    const subjects = [
      subject('backend', 'one', [2, 4]),
      subject('floor', 'one floor', [1, 2]),
      subject('backend', 'two', [8, 8]),
      subject('floor', 'two floor', [4, 2]),
      subject('torch', 'PyTorch', [4, 16]),
    ]
    const found = ratiosOf(subjects).map(({ subject: of, to, ratio }) => [of, to, ratio.median])
    expect(found).toEqual([
      ['one', 'one floor', 2],
      ['one', 'PyTorch', 0.375],
      ['two', 'two floor', 3],
      ['two', 'PyTorch', 1.25],
    ])
  })

  it('have the geometric mean of what each preset gives', () => {
    const [mean, ...rest] = meanRatios([presetWith(0.5), presetWith(8), { ratios: [] }])
    expect(mean).toMatchObject({ subject: 'one', to: 'PyTorch', presets: 2 })
    expect(mean?.ratio).toBeCloseTo(2, 12)
    expect(rest).toEqual([])
  })

  it('have a mean that is the inverse of the inverses', () => {
    fc.assert(
      fc.property(some, (values) => {
        expect(geometricMean(values) * geometricMean(values.map((value) => 1 / value))).toBeCloseTo(1, 9)
      }),
    )
  })
})

describe('fits', () => {
  it('find the line of the first set of Anscombe, The American Statistician 27 (1973)', () => {
    const x = [10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5]
    const y = [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68]
    const line = fitLine(x.map((value, i) => [value, y[i] ?? 0]))
    expect(line.slope).toBeCloseTo(0.5001, 4)
    expect(line.intercept).toBeCloseTo(3.0001, 4)
    expect(line.determination).toBeCloseTo(0.6665, 4)
  })

  it('find the exponent of a power law, whatever the unit', () => {
    const sizes = fc.uniqueArray(fc.integer({ min: 1, max: 4096 }), { minLength: 2, maxLength: 8 })
    fc.assert(
      fc.property(sizes, fc.double({ min: -3, max: 3, noNaN: true }), positive, (xs, exponent, factor) => {
        const fit = fitPower(xs.map((x) => [x, factor * x ** exponent]))
        expect(fit.exponent).toBeCloseTo(exponent, 6)
        expect(fit.factor / factor).toBeCloseTo(1, 6)
      }),
    )
  })

  it('have no slope where there is one size alone', () => {
    expect(fitLine([[3, 4]]).slope).toBeNaN()
    expect(fitPower([[3, 4]]).exponent).toBeNaN()
  })

  it('see beyond a constant cost at the upper end', () => {
    const points = [1, 2, 4, 8, 16, 32, 64].map((size) => ({ size, stepSeconds: summarise([4 + size ** 2]) }))
    const growth = growthOf({ name: 'width', network: '' }, 'one', points)
    const upper = [8, 16, 32, 64].map((size): [number, number] => [size, 4 + size ** 2])
    expect(growth.upperFit).toEqual(fitPower(upper))
    expect(growth.upperFit.exponent).toBeGreaterThan(1.95)
    expect(growth.fit.exponent).toBeLessThan(1.7)
    expect(growthSentence(growth)).toMatch(
      /^grows as n\^1\.\d\d over all sizes \(R\^2 0\.9\d\d\), n\^1\.9\d at the upper end$/,
    )
  })

  it('count how often the data set is in memory', () => {
    const points = [60_000, 120_000, 600_000].map((rows) => ({ rows, peakBytes: 150e6 + 2 * 784 * rows }))
    const memory = memoryOf('one', points, 784)
    expect(memory.copies).toBeCloseTo(2, 9)
    expect(memorySentence(memory)).toBe(
      '150 MB and 1,568 bytes a row: a row has 784, so the data set is there 2.00 times (R^2 1.0000)',
    )
  })

  it('draws equal factors as equal distances', () => {
    const values = [1, 10, 100]
    expect(values.map((value) => logarithmicPlace(value, values))).toEqual([0, 0.5, 1])
    expect(logarithmicPlace(7, [7])).toBe(1)
  })
})

describe('timing', () => {
  it('does not count what warms up, nor the first piece in any case', () => {
    const stopwatch = new Stopwatch({ warmSeconds: 1, steps: 3, seconds: 0 })
    expect([stopwatch.add(1, 0.4), stopwatch.add(8, 0.7), stopwatch.add(2, 3), stopwatch.add(4, 6)]).toEqual([
      false,
      false,
      false,
      true,
    ])
    expect(stopwatch.timing.steps).toBe(6)
    expect(stopwatch.timing.stepSeconds).toBe(1.5)
    const cold = new Stopwatch({ warmSeconds: 0, steps: 1, seconds: 0 })
    expect([cold.add(1, 0), cold.add(1, 5)]).toEqual([false, true])
    expect(cold.timing.stepSeconds).toBe(5)
  })

  it('lasts for a time where no number of steps is wanted', () => {
    const stopwatch = new Stopwatch({ warmSeconds: 0, steps: undefined, seconds: 2 })
    expect([1, 1, 1, 1].map((seconds) => stopwatch.add(10, seconds))).toEqual([false, false, true, true])
  })
})

describe('whole epochs', () => {
  it('split into what is inside the backend and what is around it, epoch by epoch', () => {
    const epochs = [
      { seconds: 2, inside: 1 },
      { seconds: 4, inside: 3 },
      { seconds: 8, inside: 4 },
    ]
    const stretches = [
      { plain: 2, probed: 3 },
      { plain: 4, probed: 4 },
      { plain: 8, probed: 10 },
    ]
    const { around, probing, epochSeconds } = epochBench('one', 100, { stepsPerEpoch: 9, epochs, stretches })
    expect(around.values).toEqual([0.5, 0.25, 0.5])
    expect(probing.values).toEqual([0.5, 0, 0.25])
    expect([around.median, probing.median, epochSeconds.median]).toEqual([0.5, 0.25, 4])
  })

  it('are followed by stretches of whole periods of the probe that last a third of a second', () => {
    expect(stepsOfStretch(0.0035)).toBe(100)
    expect(stepsOfStretch(0.00015)).toBe(2400)
    expect(stepsOfStretch(2)).toBe(100)
  })

  it('are cut short where they would last long, the test set in proportion', async () => {
    const data = { name: 'mnist', origin: '', fields: {}, train: 60_000, test: 10_000 }
    const [workload] = await workloadsOf(['torch-mlp5'])
    if (workload === undefined) throw new Error('no workload')
    expect(stepsToTime(938, 0.003, undefined)).toBe(667)
    expect(stepsToTime(938, 0.0001, undefined)).toBe(938)
    expect(stepsToTime(938, 5, undefined)).toBe(200)
    expect(stepsToTime(120, 5, undefined)).toBe(120)
    expect(stepsToTime(938, 5, 7)).toBe(7)
    expect(shortened(workload, data, 469).arm.data).toMatchObject({ limit: 30_016, testLimit: 5_003 })
    expect(shortened(workload, data, 938).arm.data).not.toHaveProperty('limit')
  })
})
