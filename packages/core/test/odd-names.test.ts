/** Names that every JavaScript object has are names like any other: of columns, categories, arms and overrides. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it, test } from 'vitest'
import {
  builtins,
  dataMarkOf,
  Journal,
  parseExperiment,
  parseRecord,
  planFor,
  referenceBackend,
  stringifyDocument,
  train,
} from '../src/index.js'
import { datasetOptionsOf, loadDataset } from '../src/node/index.js'

const inherited = ['constructor', 'toString', 'valueOf', 'hasOwnProperty']
const directory = mkdtempSync(join(tmpdir(), 'isograd-odd-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

/** A table whose columns and categories have the names, and the experiment on it. */
function experimentOn(names: readonly string[], file: string) {
  const rows = Array.from({ length: 12 }, (_, i) => [...names.map((__, k) => (i * (k + 1)) % 7), names[i % 3] ?? ''])
  writeFileSync(join(directory, file), [[...names, 'y'], ...rows].map((cells) => `${cells.join(',')}\n`).join(''))
  return {
    name: 'odd',
    data: { dataset: 'files', path: file },
    task: { type: 'classification', target: 'y' },
    model: { layers: [{ type: 'dense', units: Math.min(3, names.length) }] },
    optimizer: { type: 'sgd', learningRate: 0.01 },
    batchSize: 4,
    epochs: 1,
    arms: Object.fromEntries(inherited.map((name, seed) => [name, { seed }])),
  }
}

async function planOf(document: unknown, armName: string) {
  const arm = parseExperiment(document).arms[armName]
  if (arm === undefined) throw new Error('there is no such arm')
  const dataset = await loadDataset('files', { ...datasetOptionsOf(arm, builtins), directory })
  return { plan: planFor({ armName, arm, dataset, registry: builtins }), dataset }
}

async function recordOf(document: unknown) {
  const { plan, dataset } = await planOf(document, 'toString')
  const journal = new Journal(dataMarkOf(dataset))
  for await (const event of train({ plan, backend: referenceBackend() })) journal.add(event)
  return journal.record()
}

it('train, and their record reads back as that of any others', async () => {
  const plain = ['alpha', 'beta', 'gamma', 'delta']
  const [odd, usual] = [experimentOn(inherited, 'odd.csv'), experimentOn(plain, 'plain.csv')]
  expect(Object.keys(parseExperiment(odd).arms)).toEqual(inherited)
  const records = await Promise.all([odd, usual].map(recordOf))
  const [first, second] = records
  expect(first?.finals).toEqual(second?.finals)
  for (const record of records) {
    const text = stringifyDocument(record)
    expect(stringifyDocument(parseRecord(text, 'record.json'))).toBe(text)
  }
})

test('a column called __proto__ is refused by its name', async () => {
  const document = experimentOn(['a', '__proto__', 'b', 'c'], 'proto.csv')
  await expect(planOf(document, 'constructor')).rejects.toThrow(/expected no column called "__proto__"/)
})

test.each([
  ['heads', 'heads.__proto__'],
  ['data.fields', 'data.fields.__proto__'],
  ['model.layers.0', 'model.layers[0].__proto__'],
  ['arms.a', 'arms.a.__proto__'],
])('the key that assigning would not make a property is refused in %s, and not passed over', (place, path) => {
  const document: Record<string, unknown> = {
    ...experimentOn(['a', 'b'], 'odd.csv'),
    heads: {},
    arms: { a: {} },
  }
  document['data'] = { ...(document['data'] as object), fields: {} }
  const keys = place.split('.')
  const inner = keys.reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], document)
  Object.defineProperty(inner, '__proto__', { value: {}, enumerable: true })
  expect(() => parseExperiment(document)).toThrow(`${path}: expected no such field, got "__proto__"`)
})
