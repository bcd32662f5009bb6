/**
 * Encodings against scikit-learn on the same columns (vectors/encodings.py): fitted to the first 30 rows, applied to all, and
 * decoded in a program in float64.
 */
import { describe, expect, it } from 'vitest'
import { boundColumn, boundDType, type Column, emitDecoded, emitEncoded, type Field } from '../src/data/field.js'
import { tabularDataset } from '../src/data/tabular.js'
import { parseExperiment } from '../src/experiment/experiment.js'
import { Builder } from '../src/ir/builder.js'
import { referenceBackend } from '../src/reference/backend.js'
import { builtins } from '../src/registry/builtins.js'
import { tensor } from '../src/tensor.js'
import { rawTable } from './raw-table.js'
import vectors from './vectors/encodings.json' with { type: 'json' }

const model = { layers: [{ type: 'dense', units: 1 }] }

/** Fields as an experiment writes them, complete. */
function fieldsOf(fields: object) {
  const document = { name: 'x', data: { path: 't.csv', fields }, task: 'regression', model, optimizer: { type: 'sgd' } }
  const { arms } = parseExperiment({ ...document, batchSize: 1, epochs: 1 })
  return arms['default']?.data.fields ?? {}
}

function fitted(column: readonly (number | string | null)[], encoding: unknown, trained = 30) {
  const fields = fieldsOf({ x: { encoding } })
  const [train, test] = [rawTable({ x: column.slice(0, trained) }), rawTable({ x: column })]
  return tabularDataset({ train, test }, { fields }, builtins)
}

/** The values that a network sees of a column, in float64. */
async function seen(field: Field, column: Column): Promise<number[]> {
  const b = new Builder('decode')
  const stored = b.xs('column', { dtype: boundDType(field, 'float64'), shape: column.shape })
  const program = b.finish({ carry: {}, ys: { seen: emitDecoded(b, field, stored, 'float64') } })
  const executable = await referenceBackend().compile(program, {})
  const bound = boundColumn(field, column, 'float64')
  const { ys } = await executable.scan({}, { column: { ...bound, shape: [1, ...bound.shape] } })
  return Array.from(ys['seen']?.data ?? [])
}

/** The same where the program does what the host does: in an export that takes columns as they are stored. */
async function seenByProgram(field: Field, column: Column): Promise<number[]> {
  const b = new Builder('decode')
  const stored = b.xs('column', { dtype: field.dtype, shape: column.shape })

  const program = b.finish({ carry: {}, ys: { seen: emitEncoded(b, field, stored, 'float64') } })
  const executable = await referenceBackend().compile(program, {})
  const { ys } = await executable.scan({}, { column: { ...column, shape: [1, ...column.shape] } })
  return Array.from(ys['seen']?.data ?? [])
}

describe('as scikit-learn', () => {
  it.each(vectors)('$name', async ({ column, encoding, expected }) => {
    const { fields, splits } = fitted(column, encoding)
    const got = await seen(fields['x'] as Field, splits.test?.columns['x'] as Column)
    expect(got).toHaveLength(expected.length)
    for (const [i, value] of expected.entries()) {
      const bound = 1e-12 * Math.max(1, Math.abs(value))
      expect(Math.abs(Number(got[i]) - value), `value ${i}: ${got[i]} for ${value}`).toBeLessThanOrEqual(bound)
    }
    expect(await seenByProgram(fields['x'] as Field, splits.test?.columns['x'] as Column)).toEqual(got)
  })
})

describe('a field keeps', () => {
  it('what its encodings have found', () => {
    expect(fitted([1, null, 4, 3], ['impute', 'standardise'], 3).fields['x']).toEqual({
      dtype: 'float64',
      shape: [],
      encoding: { kind: 'numbers', missing: 2.5, mean: 2.5, standardDeviation: Math.sqrt(1.5) },
    })
    expect(fitted(['b', null, 'a', 'b'], ['impute', 'oneHot']).fields['x']).toEqual({
      dtype: 'uint8',
      shape: [],
      encoding: { kind: 'oneHot', count: 2, names: ['a', 'b'], missing: 1 },
    })
    expect(fitted([3, 7, 3, 9], 'oneHot').fields['x']).toMatchObject({ encoding: { count: 3, names: ['3', '7', '9'] } })
  })

  it('bytes as bytes, scaled', () => {
    const values = tensor('uint8', [3, 2], [0, 51, 102, 153, 204, 255])
    const train = { ...rawTable({ x: [1, 2, 3] }), columns: { x: { kind: 'numbers', values } } as const }
    const { fields, splits } = tabularDataset({ train }, { fields: fieldsOf({ x: { encoding: 'scale' } }) }, builtins)
    expect(fields['x']).toEqual({ dtype: 'uint8', shape: [2], encoding: { kind: 'numbers', scale: 1 / 255 } })
    expect(splits.train.columns['x']?.data).toBe(values.data)
  })
})

describe('refused', () => {
  it.each([
    [['a', 'b'], 'standardise', '"standardise" of column "x" of t.csv: expected numbers, got text'],
    [[null, null], 'impute', 'expected at least one value, all are missing'],
    [['a', 'b'], { type: 'impute', by: 'mean' }, 'expected "mostFrequent" or a "value" for text, got "mean"'],
    [['a', 'b'], { type: 'impute', value: 'c' }, 'expected one of a, b as "value", got "c"'],
    [[0.5, 1.5], 'oneHot', 'expected text or whole numbers'],
    [
      ['a', 'b'],
      { type: 'oneHot', names: ['b'] },
      't.csv, line 2, column "x": expected b, as in the training rows, got "a"',
    ],
    [[1, null, 0.5], 'standardise', 't.csv, line 3, column "x": the value is missing'],
  ])('%j by %j', (column, encoding, message) => {
    expect(() => fitted(column, encoding)).toThrow(message)
  })

  it('a category that only other rows have', () => {
    expect(() => fitted(['a', 'b', 'c'], 'oneHot', 2)).toThrow(
      't.csv, line 4, column "x": expected a or b, as in the training rows, got "c"',
    )
  })

  it.each([
    [{ x: { encoding: 'standardize' } }, /data\.fields\.x\.encoding: expected .*nearest: "standardise"/],
    [{ x: { encoding: { type: 'minMax', low: 1, high: 0 } } }, /"low" below "high"/],
    [{ x: { encoding: { type: 'impute', by: 'median', value: 3 } } }, /no "value" beside another "by" than "constant"/],
  ])('%j', (fields, message) => {
    expect(() => fieldsOf(fields)).toThrow(message)
  })
})
