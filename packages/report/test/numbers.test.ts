/** The arithmetic of the page: axes, thinning, words, tables. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { csvOf } from '../src/charts/chart-table.js'
import { heatBox, heatClass, heatPaths } from '../src/charts/heat-cells.js'
import type { Axis } from '../src/charts/page-data.js'
import { extentOf, linePath, place, tickLabel, ticksOf } from '../src/charts/scale.js'
import { greatest, mean, pickEvenly, thinSteps } from '../src/charts/thin.js'
import { depthSaying, factorText } from '../src/charts/words.js'
import { armColours } from '../src/charts/colours.js'
import { colourNumbers } from '../src/charts/section.js'

const log: Axis = { label: 'y', scale: 'log', style: 'scientific', domain: [-4, 0], range: [100, 0] }
const linear: Axis = { label: 'x', scale: 'linear', style: 'count', domain: [0, 10], range: [0, 200] }

describe('places on an axis', () => {
  test('powers of ten lie evenly', () => {
    expect([1, 0.1, 1e-4].map((value) => place(log, value))).toEqual([
      { at: 0, edge: false },
      { at: 25, edge: false },
      { at: 100, edge: false },
    ])
  })

  test('zero and infinity lie on the edges and are marked; NaN and nothing lie nowhere', () => {
    expect(place(log, 0)).toEqual({ at: 100, edge: true })
    expect(place(log, Number.POSITIVE_INFINITY)).toEqual({ at: 0, edge: true })
    expect([place(log, Number.NaN), place(log, -1), place(log, null)]).toEqual([undefined, undefined, undefined])
  })

  test('a path has a gap where there is no point', () => {
    expect(linePath([[0, 1], [2, 3], undefined, [4, 5]])).toBe('M0.0,1.0L2.0,3.0M4.0,5.0')
  })

  test('the extent is of finite numbers', () => {
    expect(extentOf([0, 1e-3, Number.NaN, 10, Number.POSITIVE_INFINITY, null], 'log')).toEqual([-3, 1])
    expect(extentOf([Number.NaN], 'linear')).toBeUndefined()
  })

  test('ticks are round, within the axis, and not more than asked for', () => {
    expect(ticksOf(linear, 5)).toEqual([0, 2, 4, 6, 8, 10])
    expect(ticksOf({ ...linear, domain: [1, 2] }, 9)).toEqual([1, 2])
    expect(ticksOf(log, 7).map((tick) => tickLabel(log, tick))).toEqual(['10⁻⁴', '10⁻³', '10⁻²', '10⁻¹', '10⁰'])
    fc.assert(
      fc.property(
        fc.double({ min: -1e6, max: 1e6, noNaN: true }),
        fc.double({ min: 1e-3, max: 1e6, noNaN: true }),
        (low, length) => {
          const ticks = ticksOf({ ...linear, style: 'decimal', domain: [low, low + length] }, 6)
          expect(ticks.length).toBeLessThanOrEqual(8)
          expect(ticks.every((tick) => tick >= low - length * 1e-6 && tick <= low + length * (1 + 1e-6))).toBe(true)
        },
      ),
    )
  })
})

describe('thinning', () => {
  test('averages stretches of equal length; the last may be shorter', () => {
    expect(thinSteps([1, 2, 3, 4, 5], 3)).toEqual({ x: [1.5, 3.5, 5], y: [1.5, 3.5, 5], stretch: 2 })
    expect(thinSteps([0.1, 0.2], 3)).toEqual({ x: [1, 2], y: [0.1, 0.2], stretch: 1 })
    expect(thinSteps([], 3)).toEqual({ x: [], y: [], stretch: 1 })
  })

  test('never averages a fault away', () => {
    expect([mean([1, Number.NaN]), greatest([1, Number.NaN]), greatest([3, 1])]).toEqual([Number.NaN, Number.NaN, 3])
  })

  test('picks evenly, first and last among them', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 2, max: 60 }), (count, most) => {
        const items = Array.from({ length: count }, (_, i) => i)
        const picked = pickEvenly(items, most)
        expect(picked.length).toBe(Math.min(count, most))
        expect([picked[0], picked.at(-1)]).toEqual([0, count - 1])
      }),
    )
  })
})

function layers(...norms: readonly number[]) {
  return norms.map((norm, i) => ({ name: `dense${i + 1}`, norm }))
}

describe('words', () => {
  test('say the decades of each layer and what is left', () => {
    expect(depthSaying(layers(1e-6, 1e-4, 1e-2, 1))).toEqual({
      headline: '2.00 decades lost per layer',
      text: 'The gradient of dense1 is 1 million times smaller than that of dense4.',
    })
    expect(depthSaying(layers(8, 4, 2)).headline).toBe('0.30 decades gained per layer')
    expect(depthSaying(layers(0.9, 1)).headline).toBe('kept within a factor of 2')
  })

  test.each([
    [[0, 1], 'all of it lost'],
    [[1, 0], 'no gradient'],
    [[Number.NaN, 1], 'not a number'],
    [[1], 'no depth'],
    [[], 'no depth'],
  ])('of %j: %s', (norms, headline) => {
    expect(depthSaying(layers(...norms)).headline).toBe(headline)
  })

  test.each([
    [2.345, '2.3'],
    [1234, '1,200'],
    [4.4e6, '4.4 million'],
    [2e9, '2 billion'],
    [3e14, '3e14'],
  ])('the factor %d is %s', (factor, words) => {
    expect(factorText(factor)).toBe(words)
  })
})

describe('heat maps', () => {
  test('colours run over the domain; zero and what is not finite have their own', () => {
    expect([1e-4, 0.01, 1, 10, 1e-9].map((value) => heatClass(value, [-4, 0]))).toEqual([
      'h0',
      'h12',
      'h23',
      'h23',
      'h0',
    ])
    expect([0, Number.NaN, Number.POSITIVE_INFINITY, -1, null].map((value) => heatClass(value, [-4, 0]))).toEqual([
      'zero',
      'bad',
      'bad',
      'bad',
      undefined,
    ])
  })

  test('neighbours of one colour are one rectangle', () => {
    const { left, top, width, height } = heatBox(2)
    const paths = heatPaths(
      [
        [1, 0],
        [1, 0],
        [1e-4, 0],
      ],
      2,
      [-4, 0],
    )
    const right = Number((left + (2 * width) / 3).toFixed(1))
    expect(paths.get('h23')).toBe(`M${left},${top}H${right}V${top + height / 2}H${left}Z`)
    expect(paths.get('zero')).toBe(`M${left},${top + height / 2}H${left + width}V${top + height}H${left}Z`)
  })
})

/** Red, green and blue of a hue, a saturation and a lightness in percent (CSS Color 4, section 7.1). */
function channelsOf(hue: number, saturation: number, lightness: number): number[] {
  const amplitude = (saturation / 100) * Math.min(lightness / 100, 1 - lightness / 100)
  return [0, 8, 4].map((offset) => {
    const k = (offset + hue / 30) % 12
    return lightness / 100 - amplitude * Math.max(-1, Math.min(k - 3, 9 - k, 1))
  })
}

/** Relative luminance (WCAG 2.2). */
function luminance(colour: string): number {
  const hex = /^#(..)(..)(..)$/.exec(colour)?.slice(1)
  const hsl = /^hsl\((\d+) (\d+)% (\d+)%\)$/.exec(colour)?.slice(1).map(Number)
  const [hue = 0, saturation = 0, lightness = 0] = hsl ?? []
  const channels = hex?.map((pair) => Number.parseInt(pair, 16) / 255) ?? channelsOf(hue, saturation, lightness)
  const [red = 0, green = 0, blue = 0] = channels.map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function contrast(a: string, b: string): number {
  const [low = 0, high = 0] = [luminance(a), luminance(b)].toSorted((x, y) => x - y)
  return (high + 0.05) / (low + 0.05)
}

describe('colours of arms', () => {
  test('a hundred have a contrast of 3 to 1 on both grounds', () => {
    expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 10)
    expect(contrast('hsl(0 0% 0%)', 'hsl(120 50% 100%)')).toBeCloseTo(21, 10)
    const all = armColours(100)
    expect(Math.min(...all.map(({ light }) => contrast(light, '#ffffff')))).toBeGreaterThan(3)
    expect(Math.min(...all.map(({ dark }) => contrast(dark, '#181c22')))).toBeGreaterThan(3)
    expect(new Set(all.map(({ light }) => light)).size).toBe(100)
  })

  test('are those of names while there are enough', () => {
    expect(
      colourNumbers([
        ['relu', 'sigmoid'],
        ['sigmoid', 'tanh'],
      ]),
    ).toEqual([
      [0, 1],
      [1, 2],
    ])
  })

  test('of more names, those of several experiments keep theirs, and no two of an experiment are alike', () => {
    const many = Array.from({ length: 12 }, (_, i) => `cure ${i}`)
    const lists = [
      ['sigmoid', 'relu'],
      ['relu', 'none'],
      ['tanh', 'relu', 'sigmoid'],
      [...many, 'sigmoid'],
    ]
    const numbers = colourNumbers(lists)
    expect(numbers.slice(0, 3)).toEqual([
      [0, 1],
      [1, 0],
      [2, 1, 0],
    ])
    expect(numbers[3]?.at(-1)).toBe(0)
    expect(new Set(numbers[3]).size).toBe(13)
    expect(Math.max(...(numbers[3] ?? []))).toBe(12)
  })
})

function number(value: number) {
  return { value, style: 'decimal' } as const
}

test('CSV quotes what must be, and makes no formula of a name', () => {
  expect(
    csvOf({
      columns: ['a', 'b,c'],
      rows: [
        ['=1+1', number(-0.1)],
        ['say "x"', { value: null, style: 'decimal' }],
      ],
    }),
  ).toBe('a,"b,c"\r\n\'=1+1,-0.1\r\n"say ""x""",\r\n')
})
