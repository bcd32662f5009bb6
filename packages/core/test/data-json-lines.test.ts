/** JSON lines, and lists in JSON: columns, missing values, faults with their place. */
import { describe, expect, it } from 'vitest'
import { jsonLines } from '../src/data/formats/json-lines.js'
import { bytesSource } from './bytes-source.js'

async function read(text: string, pieces?: number) {
  return (await jsonLines.read(bytesSource('t.jsonl', new TextEncoder().encode(text), pieces), {})).train
}

describe('samples', () => {
  const lines = '{"a":1,"b":"x","c":[1,2.5]}\n\n{"a":null,"b":"ü","c":[3,4]}\r\n{"b":null,"c":[5,6],"d":true}'

  it.each([lines, `[${lines.split(/\s+/).join(',')}]`])('%#', async (text) => {
    const { columns, count } = await read(text, 7)
    expect(count).toBe(3)
    const { a, b, c } = columns
    expect(a?.kind === 'numbers' && Array.from(a.values.data)).toEqual([1, NaN, NaN])
    expect(b).toEqual({ kind: 'texts', places: Int32Array.of(0, 1, -1), texts: ['x', 'ü'] })
    expect(c?.kind === 'numbers' && [c.values.dtype, c.values.shape]).toEqual(['float64', [3, 2]])
  })

  it('have places', async () => {
    expect((await read(lines)).placeOf(1)).toBe('line 3')
  })
})

it.each([
  ['', 'the file is empty'],
  ['{"a":1}\n{"a":', 't.jsonl: line 2: expected JSON'],
  ['{"a":1}\n[1]', 't.jsonl: line 2: expected an object, got a list'],
  ['{"a":"x"}\n{"a":5}', 't.jsonl: line 2, "a": expected text as in other samples, got 5'],
  [
    '{"a":[1,2]}\n{"a":[1]}',
    'line 2, "a": expected lists of the shape [2], as in the first sample that has it, got lists of the shape [1]',
  ],
  ['{"a":[[1],[1,2]]}', 'line 1, "a": expected lists of one length within a list'],
  ['{"a":[1,2]}\n{}', 'line 2, "a": expected a list of numbers as in other samples, got nothing'],
  ['{"a":1}\n{"a":1e999}', 'line 2, "a": expected a number that float64 holds, got a larger one'],
  [`{"a":1}\n{"a":${'['.repeat(50_000)}${']'.repeat(50_000)}}`, 'line 2, "a": expected at most 16 levels of lists'],
  ['{"a":1}\n{"a":[null]}', 'line 2, "a": expected numbers, text or lists of numbers, got nothing'],
  ['{"a":{"b":1}}', 'line 1, "a": expected numbers, text or lists of numbers, got an object of b'],
])('refuses %j', async (text, message) => {
  await expect(read(text)).rejects.toThrow(message)
})

it.each(['constructor', '__proto__', 'toString'])('takes "%s" as missing where a sample has none', async (name) => {
  const { columns } = await read(`{"${name}":2,"b":1}\n{"b":1}`)
  const column = new Map(Object.entries(columns)).get(name)
  expect(column?.kind === 'numbers' && Array.from(column.values.data)).toEqual([2, NaN])
})
