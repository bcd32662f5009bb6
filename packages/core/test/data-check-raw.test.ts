/** Tables that a format of a module gives: what is wrong in them is told as the format's fault. */
import { expect, it } from 'vitest'
import { checkedTables } from '../src/data/check-raw.js'
import { tensor } from '../src/tensor.js'

const columns = {
  area: { kind: 'numbers', values: tensor('float64', [2], [1, 2]) },
  kind: { kind: 'texts', texts: ['house'], places: Int32Array.of(0, -1) },
}
const table = { count: 2, columns, file: 'x.bars', placeOf: (row: number) => `line ${row}` }

function given(changes: Readonly<Record<string, unknown>>): () => unknown {
  return () => checkedTables('bars', { train: { ...table, ...changes } } as never)
}

it('passes what is as it must be', () => {
  expect(given({})).not.toThrow()
})

it.each([
  [{ count: undefined }, 'train: expected "count", a number of rows, got none'],
  [{ columns: { a: { kind: 'text' } } }, 'train.columns.a: expected the "kind" numbers or texts, got "text"'],
  [{ count: 3 }, 'train.columns.area: expected "values" of 3 rows, as "count" says, got 2'],
  [
    { columns: { a: { kind: 'numbers', values: [1, 2] } } },
    'expected "values" as a tensor { dtype, shape, data }, got a list',
  ],
  [
    { columns: { a: { kind: 'texts', texts: ['x'], places: Int32Array.of(0, 1) } } },
    'expected "places" in the list of 1 "texts", or -1 for a missing one, got 1',
  ],
  [{ placeOf: 1 }, 'expected "placeOf", a function of a row, got 1'],
])('refuses %j', (changes, message) => {
  expect(given(changes)).toThrow(message)
  expect(given(changes)).toThrow('; mend the format')
})
