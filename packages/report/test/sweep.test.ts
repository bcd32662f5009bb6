/** Charts of a sweep: the places of settings, the cells of maps, lines of parallel coordinates. */
import { describe, expect, test } from 'vitest'
import { binsOf, dimensionsOf, explainedBy, resultNames } from '../src/charts/sweep/dimensions.js'
import { type PairContext, pairMaps } from '../src/charts/sweep/pair-charts.js'
import { parallelChart } from '../src/charts/sweep/parallel-chart.js'
import type { SweepResult } from '../src/documents/sweep-source.js'

function result(settings: SweepResult['settings'], mean: number, arm = 'relu'): SweepResult {
  const figures = { judgedBy: 'loss', judgedOn: 'test', better: 'smaller', error: 0, diverged: 0, seeds: 1 }
  return { settings, arm, backend: 'wasm', mean, ...figures }
}

function contextOf(results: readonly SweepResult[]): PairContext {
  const names = { colours: [0], arms: ['relu'], backends: ['wasm'], seeds: [0], series: [{ arm: 0, backend: 0 }] }
  const dimensions = dimensionsOf(results)
  return { id: 'x', names, results, seriesOf: results.map(() => 0), dimensions, label: 'loss', better: 'smaller' }
}

describe('settings', () => {
  test('that differ are dimensions: numbers, wide ones by powers of ten, and names', () => {
    const all = [
      { rate: 0.001, units: 8, type: 'sgd', same: 1 },
      { rate: 0.1, units: 16, type: 'adam', same: 1, momentum: 0.9 },
    ]
    const dimensions = dimensionsOf(all.map((settings) => result(settings, 0)))
    expect(dimensions.map(({ name, scale }) => [name, scale])).toEqual([
      ['rate', 'log'],
      ['units', 'linear'],
      ['type', 'names'],
      ['momentum', 'linear'],
    ])
    expect(
      resultNames(
        all.map((settings) => result(settings, 0)),
        dimensions,
      ),
    ).toEqual(['rate 0.001, units 8, type sgd, momentum not set', 'rate 0.1, units 16, type adam, momentum 0.9'])
  })

  test('have a place for each of a few values, and ten intervals for many, equal in powers of ten', () => {
    const few = dimensionsOf([3, 1, 2].map((units) => result({ units }, 0)))
    expect(few.map(binsOf)).toEqual([{ name: 'units', labels: ['1', '2', '3'], at: [2, 0, 1] }])
    // A hundred numbers from 1 to 10^9.9: ten to each decade.
    const rates = Array.from({ length: 100 }, (_, i) => result({ rate: 10 ** (i / 10) }, 0))
    const [bins] = dimensionsOf(rates).map(binsOf)
    expect(bins?.labels).toHaveLength(10)
    expect(bins?.labels[0]).toBe('\u22651')
    expect([0, 1, 98, 99].map((i) => bins?.at[i])).toEqual([0, 0, 9, 9])
    const counts = bins?.labels.map((_, place) => bins.at.filter((at) => at === place).length)
    expect(counts).toEqual(Array(10).fill(10))
  })

  test('explain a share of the variance: the sum of squares between their groups over all', () => {
    const bins = { name: 'x', labels: ['a', 'b'], at: [0, 0, 1, 1, 1] }
    // Means 1 and 4 around 2.5; squares between 4 * 2.25, within 4 * 1. What is not finite is left out.
    expect(explainedBy(bins, [0, 2, 3, 5, Number.NaN])).toBeCloseTo(9 / 13, 12)
    expect(explainedBy(bins, [1, 1, 1, 1, 1])).toBe(0)
  })
})

describe('maps over pairs', () => {
  test('average what falls together, without what diverged', () => {
    const results = [
      result({ depth: 1, width: 8, batch: 4 }, 1),
      result({ depth: 1, width: 8, batch: 8 }, 2),
      result({ depth: 1, width: 8, batch: 16 }, Number.NaN),
      result({ depth: 2, width: 16, batch: 4 }, 9),
    ]
    const { maps, left } = pairMaps(contextOf(results))
    expect(left).toEqual([])
    expect(maps.map(({ title }) => title).toSorted()).toHaveLength(3)
    const map = maps.find(({ x, y }) => [x.name, y.name].toSorted().join() === 'depth,width')
    expect(map?.lines).toEqual([
      {
        series: 0,
        cells: [
          [0, 0, 1.5, 1, 3, 1],
          [1, 1, 9, 9, 1, 0],
        ],
      },
    ])
    expect([map?.scale, map?.domain]).toEqual(['linear', [1.5, 9]])
  })

  test('are of the five settings that explain most', () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f']
    const results = Array.from({ length: 64 }, (_, i) => {
      const bits = names.map((name, bit) => [name, Math.floor(i / 2 ** bit) % 2] as const)
      // The figure is the number whose bits are the settings: the first explains least.
      return result(Object.fromEntries(bits), i)
    })
    const { maps, left } = pairMaps(contextOf(results))
    expect(maps).toHaveLength(10)
    expect(left).toEqual(['a'])
    expect(maps[0]?.title).toBe('e and f')
  })
})

describe('parallel coordinates', () => {
  test('of many combinations have the best forty, and of the others some by place, the last among them', () => {
    const results = Array.from({ length: 1000 }, (_, i) => result({ units: i % 50 }, i))
    const chart = parallelChart(contextOf(results))
    expect(chart?.lines).toHaveLength(240)
    expect(chart?.lines.slice(0, 40).map(({ rank }) => rank)).toEqual([...Array(40).keys()])
    expect(chart?.lines.at(-1)).toEqual({ series: 0, rank: 999, values: [49, 999] })
    expect([chart?.all, chart?.best]).toEqual([1000, 10])
  })

  test('have an axis for arms where there are several, and no value for what is not set or diverged', () => {
    const results = [result({ units: 4 }, 1, 'relu'), result({}, Number.NaN, 'tanh')]
    const chart = parallelChart(contextOf(results))
    expect(chart?.axes.map(({ label, isPartial }) => [label, isPartial])).toEqual([
      ['units', true],
      ['arm', false],
      ['loss', true],
    ])
    expect(chart?.lines.map(({ values }) => values)).toEqual([
      [4, 0, 1],
      [null, 1, null],
    ])
    expect(parallelChart(contextOf([result({}, 1)]))).toBeUndefined()
  })
})
