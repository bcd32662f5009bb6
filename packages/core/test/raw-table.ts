/** Raw tables as formats make them, from lists: numbers, texts, null for a missing value. */
import type { RawColumn, RawTable } from '../src/data/raw.js'
import { tensor } from '../src/tensor.js'

type Values = readonly (number | string | null)[]

function rawColumn(values: Values): RawColumn {
  if (values.every((value) => typeof value !== 'string')) {
    const isWhole = values.every((value) => Number.isInteger(value))
    return {
      kind: 'numbers',
      values: tensor(
        isWhole ? 'int32' : 'float64',
        [values.length],
        values.map((value) => value ?? NaN),
      ),
    }
  }
  const texts = [...new Set(values.filter((value) => value !== null).map(String))]
  return { kind: 'texts', places: Int32Array.from(values, (value) => texts.indexOf(String(value))), texts }
}

/** A table called `t.csv`, whose row `i` is line `i + 2`. */
export function rawTable(columns: Readonly<Record<string, Values>>): RawTable {
  const entries = Object.entries(columns).map(([name, values]) => [name, rawColumn(values)] as const)
  const [first = []] = Object.values(columns)
  return {
    count: first.length,
    columns: Object.fromEntries(entries),
    file: 't.csv',
    placeOf: (row) => `line ${row + 2}`,
  }
}
