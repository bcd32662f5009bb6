/** JSON and YAML with positions. JSON is held against the engine's own parser. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseJson } from '../src/input/json-document.js'
import { locator, positionAt } from '../src/input/source-document.js'
import { parseYaml } from '../src/input/yaml-document.js'

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function refusal(text: string): string | undefined {
  try {
    parseJson(text, 'x.json')
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

const json = fc.json({ maxDepth: 4 })

describe('parseJson', () => {
  it('reads what JSON.parse reads', () => {
    fc.assert(
      fc.property(json, fc.constantFrom(undefined, 1, '\t'), (text, indent) => {
        const value: unknown = JSON.parse(text)
        expect(parseJson(JSON.stringify(value, undefined, indent), 'x').value).toEqual(value)
      }),
    )
  })

  it('refuses what JSON.parse refuses, at a place inside the text', () => {
    const damaged = fc
      .tuple(
        json,
        fc.nat(),
        fc.constantFrom('', ',', '"', '}', ']', ':', '\\', '\n', '-', '0', 'e', 'n', ' ', '\u0001'),
      )
      .map(([text, at, part]) => {
        const place = at % (text.length + 1)
        return `${text.slice(0, place)}${part}${text.slice(place + 1)}`
      })
    fc.assert(
      fc.property(damaged, (text) => {
        const message = refusal(text)
        // Two equal keys are JSON to the engine, and an error here.
        const expected = isJson(text) && !(message ?? '').includes('every key once')
        expect(message === undefined).toBe(expected)
        const [, line, column] = /^\[isograd\] x\.json, line (\d+), column (\d+): expected /.exec(message ?? '') ?? []
        const end = positionAt(text, text.length)
        expect(message === undefined || (Number(line) <= end.line && Number(column) >= 1)).toBe(true)
      }),
      { numRuns: 1000 },
    )
  })

  it.each([
    ['{"a": 1,\n "b": }', 'line 2, column 7: expected a JSON value, got "}"'],
    ['{"a" 1}', 'line 1, column 6: expected ":", got "1"'],
    ['[1, 2', 'line 1, column 6: expected "," or "]", got the end of the file'],
    ['[1] x', 'line 1, column 5: expected nothing behind the document, got "x"'],
    ["{'a': 1}", 'line 1, column 2: expected a key in double quotes, got "\'"'],
    ['[\r\n\r\n01]', 'line 3, column 2: expected "," or "]", got "1"'],
    ['[NaN]', 'line 1, column 2: expected a JSON value, got "N"'],
    ['', 'line 1, column 1: expected a JSON value, got the end of the file'],
    ['"\ud83d\ude00" \ud83d\ude00', 'line 1, column 6: expected nothing behind the document, got "\ud83d\ude00"'],
  ])('says where %j is wrong', (text, message) => {
    expect(refusal(text)).toBe(`[isograd] x.json, ${message}`)
  })

  it('knows the line of every field', () => {
    const { placeOf } = parseJson('{\n"a": {\n"b": [\n1,\n2\n]\n}}', 'x')
    expect([['a'], ['a', 'b'], ['a', 'b', 0], ['a', 'b', 1], ['c']].map((path) => placeOf(path)?.line)).toEqual([
      2,
      3,
      4,
      5,
      undefined,
    ])
  })
})

describe('parseYaml', () => {
  it('reads JSON too', () => {
    fc.assert(
      fc.property(
        fc.json({ maxDepth: 3 }).filter((text) => refusal(text) === undefined),
        (text) => {
          expect(parseYaml(text, 'x').value).toEqual(JSON.parse(text))
        },
      ),
    )
  })

  it('knows the line of every field, of the key and not of its value', () => {
    const document = parseYaml('a:\n  b:\n    - x\n    - c: 1\n  d: {e: 2}\n', 'x')
    const paths = [['a'], ['a', 'b'], ['a', 'b', 0], ['a', 'b', 1, 'c'], ['a', 'd', 'e'], ['z']]
    expect(paths.map((path) => document.placeOf(path)?.line)).toEqual([1, 2, 3, 4, 5, undefined])
    expect(locator(document)(['a', 'b', 1, 'missing', 'deeper'])).toBe(' (line 4)')
    expect(locator(document)(['z'])).toBe('')
  })
})
