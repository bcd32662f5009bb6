/** CSV: bytes in, typed columns out, and every fault with its place. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { csv } from '../src/data/formats/csv/csv.js'
import { parseDecimal } from '../src/data/formats/csv/decimal.js'
import type { RawColumn } from '../src/data/raw.js'
import { settingsSchema } from '../src/registry/settings.js'
import { bytesSource } from './bytes-source.js'

async function read(text: string | Uint8Array, settings: object = {}, pieces?: number) {
  const source = bytesSource('t.csv', typeof text === 'string' ? new TextEncoder().encode(text) : text, pieces)
  const { train } = await csv.read(source, settingsSchema(csv).parse(settings) as never)
  return train
}

function listOf(column: RawColumn | undefined): (string | number | null)[] {
  if (column === undefined) return []
  if (column.kind === 'numbers') return Array.from(column.values.data, Number)
  return Array.from(column.places, (place) => column.texts[place] ?? null)
}

async function columnsOf(text: string | Uint8Array, settings: object = {}, pieces?: number) {
  const { columns } = await read(text, settings, pieces)
  return Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, listOf(column)]))
}

function parse(text: string, point = '.'): number {
  const bytes = new TextEncoder().encode(text)
  return parseDecimal(bytes, 0, bytes.length, point.charCodeAt(0))
}

function quoted(value: string | number): string {
  return `"${String(value).replaceAll('"', '""')}"`
}

describe('parseDecimal', () => {
  it('gives the float64 that the language gives', () => {
    const text = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
      fc
        .tuple(fc.bigInt({ min: -(10n ** 25n), max: 10n ** 25n }), fc.integer({ min: -40, max: 40 }))
        .map((pair) => pair.join('e')),
    )
    fc.assert(
      fc.property(text, (decimal) => {
        expect(parse(decimal)).toBe(Number(decimal))
      }),
      { numRuns: 3000 },
    )
  })

  it.each(['1.5', '+1.5', ' 1.5 ', '.5', '5.', '1e3', '1E+3', '-2.5e-3', '007', '-0'])('reads %s', (text) => {
    expect(parse(text)).toBe(Number(text))
  })

  it.each(['', ' ', '-', '.', 'e3', '1e', '1e+', '1.2.3', '1,5', '0x10', '1 2', 'Infinity', '1_000', '--1'])(
    'refuses "%s"',
    (text) => {
      expect(parse(text)).toBeNaN()
    },
  )

  it('reads a decimal comma', () => {
    expect(parse('-1234,5e-1', ',')).toBe(-123.45)
    expect(parse('12345678901234567890,125', ',')).toBe(Number('12345678901234567890.125'))
  })
})

describe('columns', () => {
  it('are in the smallest dtype that holds them', async () => {
    const { columns, count } = await read('a,b,c,d\n0,-1,0.5,x\n255,70000,2,y\n7,3,4e9,x\n')
    expect(count).toBe(3)
    expect(Object.values(columns).map((each) => (each.kind === 'numbers' ? each.values.dtype : each.kind))).toEqual([
      'uint8',
      'int32',
      'float64',
      'texts',
    ])
  })

  it('keep quoted delimiters, line ends, marks and spaces', async () => {
    const text = 'a;b\r\n"x;1";"say ""hi"""\r\n"two\nlines";  plain \r\n\r\nq;r'
    expect(await columnsOf(text)).toEqual({
      a: ['x;1', 'two\nlines', 'q'],
      b: ['say "hi"', 'plain', 'r'],
    })
  })

  it('tell the delimiter, and take a header or not', async () => {
    expect(await columnsOf('a\tb\n1\t2\n')).toEqual({ a: [1], b: [2] })
    expect(await columnsOf('a|b\n1|2\n')).toEqual({ a: [1], b: [2] })
    expect(await columnsOf('1;2,5\n3;4,5\n', { header: false, decimal: ',' })).toEqual({
      column1: [1, 3],
      column2: [2.5, 4.5],
    })
    expect(await columnsOf('1,2\n', { header: false, names: ['a', 'b'], columns: ['b'] })).toEqual({ b: [2] })
    expect(await columnsOf('\ufeffa,b\r1,2\r')).toEqual({ a: [1], b: [2] })
  })

  it('have NaN and no place where a value is missing', async () => {
    expect(await columnsOf('a,b\n1,x\n,NA\n3,?\n', { missing: ['', 'NA', '?'] })).toEqual({
      a: [1, NaN, 3],
      b: ['x', null, null],
    })
  })

  it('are the same however the bytes come', async () => {
    const cell = fc.oneof(fc.integer({ min: -500, max: 500 }), fc.constantFrom('x', 'a"b', 'c,d', 'e\nf', 'ü'))
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 30 }),
        fc.integer({ min: 1, max: 9 }),
        async (rows, size) => {
          const text = `a,b\n${rows.map((row) => row.map(quoted).join(',')).join('\n')}\n`
          const settings = { text: ['a', 'b'] }
          const expected = { a: rows.map(([a]) => String(a)), b: rows.map(([, b]) => String(b)) }
          expect(await columnsOf(text, settings, size)).toEqual(expected)
        },
      ),
      { numRuns: 60 },
    )
  })

  it('grow beyond what the first lines let expect', async () => {
    const rows = Array.from({ length: 30_000 }, (_, i) =>
      i < 15_000 ? `${'1'.repeat(15)},abcdefghijklmnop${i % 7}` : '1,b',
    )
    const { columns, count, placeOf } = await read(`a,b\n${rows.join('\n')}`, {}, 4096)
    expect(count).toBe(30_000)
    expect(placeOf(29_999)).toBe('line 30001')
    expect(listOf(columns['a']).filter((value) => value === 1)).toHaveLength(15_000)
    expect(new Set(listOf(columns['b'])).size).toBe(8)
  })
})

describe('faults', () => {
  it.each([
    ['', /t\.csv: the file is empty/],
    ['\n\n', /the file is empty/],
    ['a,b\n', /expected a line for each sample behind the names/],
    ['a,b\n1,2\n3\n', /line 3: expected 2 fields as in the first line, got 1/],
    ['a,b\n"1\n2",2\n3,4,5\n', /line 4: expected 2 fields .* got 3/],
    ['a,a\n1,2\n', /line 1: expected every name once, got "a" for columns 1 and 2/],
    ['a,\n1,2\n', /line 1: expected a name of every column, column 2 has none/],
    ['1,2\n3,4\n', /line 1: expected names of columns, got numbers \(1, 2.*"header": false/],
    ['a;b\n1,5;2\n2,5;3\n', /line 2, column "a": expected a number .* got "1,5"; say "decimal": ","/],
    ['a,b\n1,2\n2,x\n3,4\n5,6\n', /line 3, column "b": expected a number as in other rows, got "x"/],
    ['a,b\n1,"x\n', /line 2: a quotation mark is not closed/],
    ['a,b\n1,"x"y\n', /line 2: expected a delimiter .* behind the closing quotation mark/],
    ['a,b\n1,Infinity\n2,3\n4,5\n', /column "b": expected a number .* got "Infinity"/],
    ['a\0b\n', /expected text, got binary data/],
  ])('%j', async (text, message) => {
    await expect(read(text)).rejects.toThrow(message)
  })

  it('name the place in a late row, and bytes that are no UTF-8', async () => {
    const rows = Array.from({ length: 40_000 }, (_, i) => `${i},${i % 3}`)
    rows[33_333] = '7,oops'
    await expect(read(`a,b\n${rows.join('\n')}`, {}, 65_536)).rejects.toThrow(/line 33335, column "b": .* got "oops"/)
    const bytes = new TextEncoder().encode('a,b\nx,y\nz,?\n')
    bytes[10] = 0xff
    await expect(read(bytes)).rejects.toThrow(/line 3: expected text in UTF-8/)
    await expect(read(Uint8Array.of(0xff, 0xfe, 0x61, 0))).rejects.toThrow(/UTF-16/)
  })

  it('name a line that is longer than what tells the layout', async () => {
    const wide = `${'a,'.repeat(200_000)}b\n`.repeat(3)
    await expect(read(wide, {}, 65_536)).rejects.toThrow(/line 1: expected lines that end within .* as \.npy/)
  })

  it('name columns and settings that are not there', async () => {
    await expect(read('age,b\n1,2\n', { columns: ['agee'] })).rejects.toThrow(
      /data\.options\.columns: there is no column "agee"; did you mean "age"\?/,
    )
    await expect(read('a,b\n1,2\n', { names: ['x'] })).rejects.toThrow(/expected 2 names/)
  })
})
