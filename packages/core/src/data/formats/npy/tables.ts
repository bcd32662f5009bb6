/** Arrays by name as tables: `x_train`, `y_train`, `x_test` and `y_test` are two fields in two splits. */
import { elementCount } from '../../../tensor.js'
import type { Column } from '../../field.js'
import type { RawTable, RawTables } from '../../raw.js'
import type { SplitName } from '../../dataset.js'
import { failIn } from '../format.js'

const SPLIT = 'train|test|val|valid|validation'
const PREFIXED = new RegExp(`^(${SPLIT})[_-](.+)$`, 'i')
const SUFFIXED = new RegExp(`^(.+)[_-](${SPLIT})$`, 'i')
/** Names that a target has by habit. */
const TARGETS = ['y', 'label', 'labels', 'target', 'targets']

function splitOf(word: string): SplitName {
  const lower = word.toLowerCase()
  return lower === 'train' || lower === 'test' ? lower : 'validation'
}

/** Field and split that the name of an array tells; all of a set without such names are to train on. */
function placeOf(name: string): readonly [string, SplitName] {
  const [, before, field] = PREFIXED.exec(name) ?? []
  if (before !== undefined && field !== undefined) return [field, splitOf(before)]
  const [, other, after] = SUFFIXED.exec(name) ?? []
  return other !== undefined && after !== undefined ? [other, splitOf(after)] : [name, 'train']
}

/** A table of arrays with as many samples each. @throws InputError where one has others. */
export function arrayTable(file: string, columns: Readonly<Record<string, Column>>): RawTable {
  const entries = Object.entries(columns)
  const [first] = entries
  if (first === undefined) return failIn(file, 'expected at least one array, got none')
  const count = Number(first[1].shape[0])
  for (const [name, { shape }] of entries) {
    if (shape.length === 0) failIn(file, `"${name}": expected a value for each sample, got a single number`)
    if (shape[0] !== count) failIn(file, `"${name}": expected ${count} samples as of "${first[0]}", got ${shape[0]}`)
  }
  const raw = entries.map(([name, values]) => [name, { kind: 'numbers', values }] as const)
  return { count, columns: Object.fromEntries(raw), file, placeOf: (row) => `sample ${row}` }
}

/** The tables of arrays by name. @throws InputError */
export function arrayTables(file: string, arrays: ReadonlyMap<string, Column>): RawTables {
  const splits: Partial<Record<SplitName, Record<string, Column>>> = {}
  for (const [name, column] of arrays) {
    const [field, split] = placeOf(name)
    splits[split] = { ...splits[split], [field]: column }
  }
  const { train = {}, ...held } = splits
  const others = Object.entries(held).map(
    ([split, columns]) => [split, arrayTable(`${file} (${split})`, columns)] as const,
  )
  const target = TARGETS.find((name) => name in train)
  return { train: arrayTable(file, train), ...Object.fromEntries(others), ...(target !== undefined && { target }) }
}

/** The columns of an array of two dimensions, by name. @throws InputError where there are not as many names. */
export function namedColumns(
  file: string,
  { dtype, shape, data }: Column,
  names: readonly string[],
): Record<string, Column> {
  const [count = 0, width] = shape
  if (shape.length !== 2 || width !== names.length) {
    failIn(
      file,
      `data.options.names: expected an array of ${names.length} columns, got the shape [${shape.join(', ')}]`,
    )
  }
  const columns = names.map((name, at) => {
    const values = data.slice(0, elementCount([count]))
    for (let row = 0; row < count; row++) values[row] = data[row * names.length + at] as number
    return [name, { dtype, shape: [count], data: values } as Column] as const
  })
  return Object.fromEntries(columns)
}
