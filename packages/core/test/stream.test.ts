import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { philox4x32 } from '../src/random/philox.js'
import { type Purpose, purposes, RandomStream } from '../src/random/stream.js'

const COUNT = 40_000

function draw(stream: RandomStream, count: number, one: (stream: RandomStream) => number): number[] {
  return Array.from({ length: count }, () => one(stream))
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** Mean of a power. */
function moment(values: readonly number[], power: number): number {
  return mean(values.map((value) => value ** power))
}

/** Sum of (observed - expected)^2 / expected. */
function chiSquare(observed: readonly number[], expected: readonly number[]): number {
  return observed.reduce((sum, count, i) => sum + (count - (expected[i] ?? 0)) ** 2 / (expected[i] ?? 1), 0)
}

/** The same count in each of `bins`. */
function even(bins: number, total: number): number[] {
  return Array.from({ length: bins }, () => total / bins)
}

/** How often each value below `bound` came. */
function tally(values: readonly number[], bound: number): number[] {
  const counts = Array.from({ length: bound }, () => 0)
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1
  return counts
}

/** Chi-square with k degrees of freedom has mean k and variance 2k; four sigma. */
function chiSquareLimit(freedom: number): number {
  return freedom + 4 * Math.sqrt(2 * freedom)
}

/** Four standard errors of the mean of values of a variance. */
function fourSigma(variance: number): number {
  return 4 * Math.sqrt(variance / COUNT)
}

function first(seed: number, purpose: Purpose, index = 0, count = 8): number[] {
  return draw(new RandomStream(seed, purpose, index), count, (stream) => stream.word())
}

describe('a stream', () => {
  it('is Philox under the seed, with the block, index and purpose as counter', () => {
    const seed = 5 * 2 ** 32 + 7
    const blocks = [0, 1].flatMap((block) => [...philox4x32([block, 0, 9, purposes.masks], [7, 5])])
    expect(first(seed, 'masks', 9)).toEqual(blocks)
  })

  it('is the same each time, and another for each seed, purpose and index', () => {
    const seeds = [0, 1, 2 ** 32, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER - 2 ** 32]
    const names = Object.keys(purposes) as Purpose[]
    const streams = seeds.flatMap((seed) =>
      names.flatMap((name) => [0, 1, 2 ** 32 - 1].map((i) => first(seed, name, i))),
    )
    expect(new Set(streams.map(String)).size).toBe(seeds.length * names.length * 3)
    expect(first(Number.MAX_SAFE_INTEGER, 'weights')).toEqual(first(Number.MAX_SAFE_INTEGER, 'weights'))
  })

  it('keeps the numbers of its purposes: other numbers are other results', () => {
    expect(purposes).toMatchObject({
      weights: 1,
      shuffle: 2,
      masks: 3,
      digits: 4,
      split: 5,
      perturbation: 6,
      sample: 7,
    })
    const numbers = Object.values(purposes)
    expect(new Set(numbers).size).toBe(numbers.length)
  })

  it('is uncorrelated with the streams beside it', () => {
    const base = draw(new RandomStream(3, 'weights', 5), COUNT, (stream) => stream.uniform() - 0.5)
    const beside = [
      new RandomStream(4, 'weights', 5),
      new RandomStream(3, 'shuffle', 5),
      new RandomStream(3, 'weights', 6),
      new RandomStream(3 + 2 ** 32, 'weights', 5),
    ]
    for (const stream of beside) {
      const products = base.map((value) => value * (stream.uniform() - 0.5))
      // The product of two centred uniforms has variance 1/144.
      expect(Math.abs(mean(products))).toBeLessThan(4 / (12 * Math.sqrt(COUNT)))
    }
  })
})

describe('uniform', () => {
  const values = draw(new RandomStream(1, 'sample'), COUNT, (stream) => stream.uniform())

  it('lies in [0, 1)', () => {
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...values)).toBeLessThan(1)
  })

  it('has mean 1/2 and second moment 1/3 within four sigma', () => {
    expect(Math.abs(mean(values) - 1 / 2)).toBeLessThan(fourSigma(1 / 12))
    expect(Math.abs(moment(values, 2) - 1 / 3)).toBeLessThan(fourSigma(4 / 45))
  })

  it('fills a hundred bins evenly', () => {
    const counts = tally(
      values.map((value) => Math.floor(100 * value)),
      100,
    )
    expect(chiSquare(counts, even(100, COUNT))).toBeLessThan(chiSquareLimit(99))
  })

  it('has 53 random bits: the lowest is set half of the time', () => {
    const odd = values.filter((value) => (value * 2 ** 53) % 2 === 1).length
    expect(Math.abs(odd - COUNT / 2)).toBeLessThan(4 * Math.sqrt(COUNT / 4))
    expect(values.every((value) => Number.isInteger(value * 2 ** 53))).toBe(true)
  })
})

describe('below', () => {
  it.each([2, 3, 7, 10, 100])('%d is even', (bound) => {
    const counts = tally(
      draw(new RandomStream(2, 'sample', bound), COUNT, (stream) => stream.below(bound)),
      bound,
    )
    expect(chiSquare(counts, even(bound, COUNT))).toBeLessThan(chiSquareLimit(bound - 1))
  })

  it('draws again what would bias it: three quarters of the words for 3 * 2^30', () => {
    // A plain remainder would give the values below 2^30 twice as often as the others.
    const bound = 3 * 2 ** 30
    const thirds = draw(new RandomStream(3, 'sample'), COUNT, (stream) => Math.floor(stream.below(bound) / 2 ** 30))
    expect(chiSquare(tally(thirds, 3), even(3, COUNT))).toBeLessThan(chiSquareLimit(2))
  })

  it('of 1 is 0, and of 2^32 is a word', () => {
    expect(new RandomStream(5, 'sample').below(1)).toBe(0)
    expect(new RandomStream(5, 'sample').below(2 ** 32)).toBe(new RandomStream(5, 'sample').word())
  })
})

describe('normal', () => {
  const values = draw(new RandomStream(1, 'weights'), COUNT, (stream) => stream.normal())

  it('has the moments 0, 1, 0, 3 within four sigma', () => {
    // Variances of the powers of a standard normal: 1, 2, 15, 96.
    expect(Math.abs(mean(values))).toBeLessThan(fourSigma(1))
    expect(Math.abs(moment(values, 2) - 1)).toBeLessThan(fourSigma(2))
    expect(Math.abs(moment(values, 3))).toBeLessThan(fourSigma(15))
    expect(Math.abs(moment(values, 4) - 3)).toBeLessThan(fourSigma(96))
  })

  it('leaves 4.55 % beyond two sigma and 0.27 % beyond three', () => {
    for (const [limit, share] of [
      [2, 0.0455003],
      [3, 0.0026998],
    ] as const) {
      const beyond = values.filter((value) => Math.abs(value) > limit).length
      expect(Math.abs(beyond - share * COUNT)).toBeLessThan(4 * Math.sqrt(share * COUNT))
    }
  })

  it('gives neighbours that do not know each other', () => {
    const products = values.slice(1).map((value, i) => value * (values[i] ?? 0))
    expect(Math.abs(mean(products))).toBeLessThan(4 / Math.sqrt(COUNT))
  })
})

describe('permutation', () => {
  it('is one', () => {
    fc.assert(
      fc.property(fc.nat(200), fc.maxSafeNat(), (count, seed) => {
        const order = new RandomStream(seed, 'shuffle').permutation(count)
        expect(Array.from(order).toSorted((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i))
      }),
      { numRuns: 50 },
    )
  })

  it('gives all 24 orders of four evenly', () => {
    const stream = new RandomStream(6, 'shuffle')
    const counts = new Map<string, number>()
    for (let i = 0; i < 24_000; i++) {
      const order = String(stream.permutation(4))
      counts.set(order, (counts.get(order) ?? 0) + 1)
    }
    const observed = [...counts.values()]
    expect(observed.length).toBe(24)
    expect(chiSquare(observed, even(24, 24_000))).toBeLessThan(chiSquareLimit(23))
  })
})
