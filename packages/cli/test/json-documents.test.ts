/** Every document of `--json` has a published schema, which is that of its type. */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { entryOf } from '../src/input/options.js'
import { verbs } from '../src/verbs.js'
import { fixture, isograd, temporaryDirectory } from './command.js'
import { misfitsIn, printedBy, schemaFile, schemasFolder } from './json-schemas.js'

/** Properties without a description, by the file and the names around them. */
function propertiesWithout(node: unknown, path: string): string[] {
  if (typeof node !== 'object' || node === null) return []
  const { properties = {} } = node as {
    readonly properties?: Readonly<Record<string, { readonly description?: string }>>
  }
  const bare = Object.entries(properties).flatMap(([name, { description }]) =>
    description === undefined ? [`${path}: ${name}`] : [],
  )
  return [...bare, ...Object.entries(node).flatMap(([key, value]) => propertiesWithout(value, `${path}.${key}`))]
}

describe('schemas', () => {
  it('are those of the types', () => {
    const script = fileURLToPath(new URL('../../../build/json-schemas.mjs', import.meta.url))
    expect(execFileSync(process.execPath, [script, '--check'], { encoding: 'utf8' })).toBe('')
  })

  it('are there for all that verbs print, and for nothing else', async () => {
    const loaded = await Promise.all(
      Object.entries(verbs).map(async ([name, { load }]) => ({ name, options: (await load()).verb.options })),
    )
    const printing = loaded.filter(({ options }) => options.some((taken) => entryOf(taken).flags === '--json'))
    expect(printing.map(({ name }) => name).toSorted()).toEqual(Object.keys(printedBy).toSorted())
    const files = new Set(Object.values(printedBy).flat().map(schemaFile))
    expect(readdirSync(schemasFolder).toSorted()).toEqual([...files].toSorted())
  })

  it('describe every property', () => {
    const bare = readdirSync(schemasFolder).flatMap((name) =>
      propertiesWithout(JSON.parse(readFileSync(join(schemasFolder, name), 'utf8')), name),
    )
    expect(bare).toEqual([])
  })

  it('refuse what is missing, unknown or of another type, and take numbers that JSON lacks', () => {
    const file = { path: 'record.json', state: 'gone' }
    expect(misfitsIn(JSON.stringify({ schema: 'isograd.files/1', files: [file], more: 1 }))).toEqual([
      `/ must have required property 'directory' {"missingProperty":"directory"}`,
      '/ must NOT have additional properties {"additionalProperty":"more"}',
      expect.stringMatching(/^\/files\/0\/state must be equal to one of the allowed values/) as unknown,
    ])
    const described = { name: 'x', type: 'float32', shape: [], missing: 0 }
    const withRange = (least: unknown) => {
      const columns = [{ ...described, range: { least, most: 1, mean: 0.5 } }]
      const document = { schema: 'isograd.data/1', path: 'x.csv', format: 'csv', samples: {}, columns }
      return misfitsIn(JSON.stringify({ ...document, experiment: { data: {}, task: 'regression' } }))
    }
    expect([withRange(0), withRange({ $number: '-0' })]).toEqual([[], []])
    expect(withRange({ $number: '0' })).not.toEqual([])
  })
})

describe.concurrent('documents that no other test prints', () => {
  it('are those of records that are compared, one with one and in pairs', async () => {
    const [one, two] = [join(temporaryDirectory(), 'one'), join(temporaryDirectory(), 'two')]
    const run = ['run', fixture('tiny.json'), '--arm', 'relu', '--limit', '40', '--backend', 'reference', '--plain']
    await Promise.all([isograd([...run, '--out', one]), isograd([...run, '--seeds', '0,1', '--out', two])])
    const [record] = readdirSync(two).filter((name) => name.endsWith('seed0')) as [string]
    for (const [a, b] of [
      [one, join(two, record)],
      [two, two],
    ] as const) {
      // oxlint-disable-next-line no-await-in-loop -- two of them
      const { status, stdout } = await isograd(['compare', a, b, '--json'])
      expect([status, stdout]).toEqual([0, expect.stringContaining('"isograd.compare/2"')])
    }
  })

  const table = join(temporaryDirectory(), 'table.csv')
  writeFileSync(table, 'size,colour,price\n1,red,2.5\n2,blue,\n3,red,4\n')

  it.each([
    ['data', 'inspect', table],
    ['faults', '--list'],
    ['selftest', '--backend', 'reference', '--healthy', '1', '--faults', '0'],
    ['add', 'wasm'],
    ['compile', fixture('tiny.json'), '--arm', 'relu', '--out', join(temporaryDirectory(), 'step.txt')],
    ['init', '--data', table, '--target', 'size', '--out', join(temporaryDirectory(), 'made.yaml')],
    ['trace', fixture('tiny.json'), '--arm', 'relu', '--out', join(temporaryDirectory(), 'made.safetensors')],
  ])('%s %s', async (...args) => {
    const { status, stdout } = await isograd([...args, '--json'])
    expect([status, stdout]).toEqual([0, expect.stringContaining('"schema": "isograd.')])
  })
})
