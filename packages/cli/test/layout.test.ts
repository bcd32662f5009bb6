/** Text layout, in this process: widths hold, bars are as long as their logarithms say. */
import * as fc from 'fast-check'
import type { RunRecord } from '@isograd/core'
import { describe, expect, it } from 'vitest'
import { depthFigure } from '../src/terminal/depth-figure.js'
import { timeFigures } from '../src/terminal/time-figure.js'
import { bar } from '../src/text/bars.js'
import { clip, heading, labelled, table, wrap } from '../src/text/layout.js'
import {
  formatClock,
  formatLoss,
  formatPercent,
  formatRate,
  formatScientific,
  formatSeconds,
} from '../src/text/numbers.js'
import { paint, printable, styleOf } from '../src/text/terminal-style.js'

const plain = styleOf({}, { LANG: 'C.UTF-8' })
const ascii = styleOf({}, {})
const coloured = styleOf({ isTTY: true }, { LANG: 'C.UTF-8' })

function layers(norms: Readonly<Record<string, number>>): { readonly name: string; readonly norm: number }[] {
  return Object.entries(norms).map(([name, norm]) => ({ name, norm }))
}

function barLength(line: string): number {
  return line.split('#').length
}

describe('styleOf', () => {
  it.each([
    [{}, { LANG: 'de_DE.UTF-8' }, { terminal: false, color: false, unicode: true }],
    [{ isTTY: true }, { LC_ALL: 'C', LANG: 'de_DE.UTF-8' }, { terminal: true, color: true, unicode: false }],
    [{ isTTY: true }, { LC_ALL: '', LANG: 'C.utf8' }, { terminal: true, color: true, unicode: true }],
    [{ isTTY: true }, { NO_COLOR: '1' }, { terminal: true, color: false }],
    [{ isTTY: true }, { NO_COLOR: '' }, { color: true }],
    [{ isTTY: true }, { TERM: 'dumb' }, { terminal: false, color: false }],
    [{}, { FORCE_COLOR: '1' }, { terminal: false, color: true }],
    [{ isTTY: true }, { FORCE_COLOR: '0' }, { color: false }],
    [{ isTTY: true }, { FORCE_COLOR: '3', NO_COLOR: 'yes' }, { color: false }],
  ])('%j with %j', (place, env, expected) => {
    expect(styleOf(place, env)).toMatchObject(expected)
  })

  it('shows what would steer a terminal', () => {
    expect(printable('a\u001b[31mb\nc\u009bd\u202ee')).toBe('a\\u001b[31mb\\nc\\u009bd\\u202ee')
    expect(paint(coloured, ['bold', 'red'], 'x')).toBe('\u001b[1m\u001b[31mx\u001b[39m\u001b[22m')
    expect(paint(plain, ['bold', 'red'], 'x')).toBe('x')
  })
})

describe('tables', () => {
  it('aligns, and cuts the widest text when it must', () => {
    const columns = [{ title: 'name' }, { title: 'n', align: 'right' }] as const
    expect(
      table(plain, columns, [
        ['a', '10'],
        ['bcd', '9'],
      ]),
    ).toEqual(['  name    n', '  a      10', '  bcd     9'])
    const narrow = { ...plain, width: 14 }
    expect(table(narrow, columns, [['abcdefghijkl', '123456']])).toEqual(['  name         n', '  abcde…  123456'])
  })

  it('breaks titles between words before it narrows texts, and texts between words before it cuts these', () => {
    const columns = [{ title: 'name' }, { title: 'test mean error', align: 'right' }] as const
    const title = ['  name     test', '           mean', '          error']
    expect(table({ ...plain, width: 15 }, columns, [['abcdef', '1']])).toEqual([...title, '  abcdef      1'])
    expect(table({ ...plain, width: 16 }, columns, [['final loss: 1 and 2', '1']]).slice(3)).toEqual([
      '  final        1',
      '  loss: 1',
      '  and 2',
    ])
  })

  it('breaks paths in titles between their keys, which stay whole while a text can give way', () => {
    const columns = [{ title: 'optimizer.learningRate' }, { title: 'optimizer.weightDecay' }, { title: 'arm' }]
    expect(table({ ...plain, width: 40 }, columns, [['0.001', '0.01', 'a-long-name-of-an-arm']])).toEqual([
      '  optimizer.    optimizer.   arm',
      '  learningRate  weightDecay',
      '  0.001         0.01         a-long-nam…',
    ])
  })

  it('never exceed the width while text can give way', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string(), fc.string(), fc.integer()), { minLength: 1 }), (rows) => {
        const columns = [{ title: 'one' }, { title: 'two' }, { title: 'three', align: 'right' }] as const
        const cells = rows.map(([one, two, three]) => [
          printable(one.repeat(9)),
          printable(two.repeat(9)),
          String(three),
        ])
        expect(table(plain, columns, cells).filter((line) => line.length > 80)).toEqual([])
      }),
    )
  })
})

describe('paragraphs', () => {
  it('wraps between words and loses none', () => {
    fc.assert(
      fc.property(
        fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1 }),
        fc.nat({ max: 20 }),
        (words, indent) => {
          const lines = wrap(plain, words.join(' '), indent)
          expect(lines.filter((line) => line.length > 80)).toEqual([])
          expect(lines.map((line) => line.trim()).join(' ')).toBe(words.join(' '))
        },
      ),
    )
  })

  it('labels, heads and clips', () => {
    expect(
      labelled(plain, [
        ['a', 'x'],
        ['long', 'y'],
      ]),
    ).toEqual(['a      x', 'long   y'])
    expect(heading(plain, 'relu')).toBe(`── relu ${'─'.repeat(72)}`)
    expect(heading(ascii, 'x'.repeat(100))).toHaveLength(80)
    expect([clip(plain, 'abcdef', 6), clip(plain, 'abcdef', 5), clip(ascii, 'abcdef', 5)]).toEqual([
      'abcdef',
      'abcd…',
      'ab...',
    ])
  })
})

describe('bars', () => {
  it('are measured in eighths of a cell, or in cells', () => {
    expect([0, 1 / 32, 0.5, 0.53125, 1, 2].map((fraction) => bar(plain, fraction, 4).trimEnd())).toEqual([
      '▏',
      '▏',
      '██',
      '██▏',
      '████',
      '████',
    ])
    expect([0, 0.5, 1].map((fraction) => bar(ascii, fraction, 4))).toEqual(['#   ', '##  ', '####'])
  })

  it('stand on one scale of at least four decades', () => {
    const figure = depthFigure(ascii, [
      { title: 'a', norms: layers({ first: 1e-2, second: 1 }) },
      { title: 'b', norms: layers({ first: 1e-1, second: 0 }) },
    ])
    expect(figure).toEqual([
      '    layer       a                              b',
      '                1e-4             1e0           1e-4             1e0',
      '    first       ##########           1.00e-2   ###############      1.00e-1',
      '    second      #################### 1.00e+0                        0',
    ])
  })

  it('show ten steps of a sequence, and what time has cost', () => {
    const values = Array.from({ length: 19 }, (_, t) => 10 ** ((t - 18) / 2))
    const series = { quantity: 'stateGradient', layer: 'gru1', axes: ['time'], steps: [0], values }
    const figure = timeFigures(ascii, { steps: 0, probes: [series] } as unknown as RunRecord)
    expect(figure[1]).toBe('    time        state of gru1 at the start')
    expect(figure.slice(3, -1).map((line) => line.trim().split(/ {2,}/)[0])).toEqual(
      [1, 3, 5, 7, 9, 11, 13, 15, 17, 19].map((t) => `t = ${t}`),
    )
    expect(figure.at(-1)).toContain('first/last step of the sequence: 9.0 decades lost over 19 steps')
    expect(timeFigures(ascii, { probes: [] } as unknown as RunRecord)).toEqual([])
  })

  it('get longer with the number', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1e-30, max: 1e3, noNaN: true }),
        fc.double({ min: 1e-30, max: 1e3, noNaN: true }),
        (a, b) => {
          const [, , first = '', second = ''] = depthFigure(ascii, [{ title: '', norms: layers({ x: a, y: b }) }])
          expect(Math.sign(barLength(first) - barLength(second)) * Math.sign(a - b)).toBeGreaterThanOrEqual(0)
        },
      ),
    )
  })

  it('show numbers that are none', () => {
    const norms = layers({ x: Number.NaN, y: Number.POSITIVE_INFINITY, z: 0 })
    expect(
      depthFigure(ascii, [{ title: '', norms }])
        .slice(2)
        .map((line) => line.trim()),
    ).toEqual([
      'x                                NaN',
      'y           #################### Infinity',
      'z                                0',
    ])
  })
})

describe('numbers', () => {
  it('are short', () => {
    expect([0, 0.5, 2.30259, 0.00012, 12345.6, Number.NaN].map(formatLoss)).toEqual([
      '0.0000',
      '0.5000',
      '2.3026',
      '1.20e-4',
      '1.23e+4',
      'NaN',
    ])
    expect([formatPercent(0.97845), formatPercent(Number.NaN)]).toEqual(['97.84 %', 'NaN'])
    expect([0, 1.5e-9, Number.NEGATIVE_INFINITY].map((value) => formatScientific(value))).toEqual([
      '0',
      '1.50e-9',
      '-Infinity',
    ])
    expect([0.0421, 3.14159, 31.4159, 3141.59].map(formatSeconds)).toEqual(['0.042', '3.14', '31.4', '3,142'])
    expect([7, 750.4, 3723, -1].map(formatClock)).toEqual(['0:07', '12:30', '1:02:03', '0:00'])
    expect([3.14159, 99.95, 1234.5, Number.POSITIVE_INFINITY].map(formatRate)).toEqual(['3.14', '100', '1,235', '-'])
  })
})
