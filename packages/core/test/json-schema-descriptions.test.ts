/** Words and defaults in the JSON Schema of experiments: there for every property, and those of the documentation. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { builtins, experimentJsonSchema, layer, parseExperiment, z } from '../src/index.js'
import { documentDescriptions } from '../src/records/glossary.js'
import { checkpointJsonSchema, recordJsonSchema } from '../src/records/json-schemas.js'

interface Property {
  readonly description?: string
  readonly default?: unknown
  readonly examples?: readonly unknown[]
  readonly properties?: Readonly<Record<string, Property>>
}

/** Every property of every object in a schema, by the names around it. */
function propertiesIn(node: unknown, path = ''): [path: string, property: Property][] {
  if (typeof node !== 'object' || node === null) return []
  const { properties = {}, ...rest } = node as Property
  const own = Object.entries(properties).flatMap(([name, property]) => {
    const at = `${path}.${name}`
    return [[at, property] as [string, Property], ...propertiesIn(property, at)]
  })
  return [
    ...own,
    ...Object.entries(rest).flatMap(([key, value]) =>
      ['default', 'examples'].includes(key) ? [] : propertiesIn(value, path),
    ),
  ]
}

const schema = experimentJsonSchema(builtins) as Property

/** A property of the experiment by its path; through alternatives where there are some. */
function propertyAt(path: string): Property | undefined {
  return propertiesIn(schema).find(([at]) => at === `.${path}`)?.[1]
}

/** A row of the table of fields in docs/experiments.md, without marks and links. */
interface Row {
  readonly fields: readonly string[]
  readonly standard: string
  readonly meaning: string
}

function plain(cell: string): string {
  return cell
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll('`', '')
    .trim()
}

/** `initializers.weights`, `.biases` */
function fieldsIn(cell: string): string[] {
  const names = plain(cell).split(', ')
  const around = String(names[0]).split('.').slice(0, -1).join('.')
  return names.map((name) => (name.startsWith('.') ? `${around}${name}` : name))
}

function rowsOfDocs(): Row[] {
  const text = readFileSync(new URL('../../../docs/experiments.md', import.meta.url), 'utf8')
  const [, section = ''] = text.split('\n## Fields\n')
  const [table = ''] = section.split('\n\n').filter((part) => part.trim().startsWith('|'))
  return (
    table
      .trim()
      .split('\n')
      .slice(2)
      .map((line) => {
        const [, field = '', standard = '', meaning = ''] = line.split('|')
        return { fields: fieldsIn(field), standard: plain(standard), meaning: plain(meaning) }
      })
      // A row of `data.path`, ... only points to another page.
      .filter(({ fields }) => !fields.some((field) => field.endsWith('...')))
  )
}

/** The default of a field as the documentation writes it; undefined where there is none, or one of several parts. */
function standardOf(property: Property | undefined): string | undefined {
  const value = property?.default
  if (['string', 'number', 'boolean'].includes(typeof value)) return String(value)
  return typeof value === 'object' && value !== null && 'type' in value ? String(value.type) : undefined
}

describe('the JSON Schema of experiments', () => {
  it.each([
    ['experiments', schema],
    ['records', recordJsonSchema(builtins)],
    ['checkpoints', checkpointJsonSchema(builtins)],
  ])('has a description of every property, as those of %s', (_, document) => {
    const bare = propertiesIn(document).flatMap(([path, { description }]) => (description === undefined ? [path] : []))
    expect([...new Set(bare)]).toEqual([])
  })

  it('has no description of what records and checkpoints do not have', () => {
    const found = [recordJsonSchema(builtins), checkpointJsonSchema(builtins)].flatMap((document) =>
      propertiesIn(document),
    )
    const used = new Set(found.map(([, { description }]) => description))
    expect(Object.entries(documentDescriptions).filter(([, text]) => !used.has(text))).toEqual([])
  })

  it.each(rowsOfDocs())('says $fields as docs/experiments.md does', ({ fields, standard, meaning }) => {
    for (const field of fields) {
      const property = propertyAt(field)
      expect(property?.description).toBe(meaning)
      expect([standard, undefined]).toContain(standardOf(property))
    }
  })

  it('has examples that a document may have', () => {
    const fields = Object.entries(schema.properties ?? {}).flatMap(([name, { examples = [] }]) =>
      examples.map((example) => [name, example] as const),
    )
    const needed = ['data', 'model', 'optimizer', 'batchSize', 'epochs', 'arms']
    expect(fields.map(([name]) => name)).toEqual(expect.arrayContaining(needed))
    const { arms: _, ...document } = Object.fromEntries(fields.filter(([name]) => needed.includes(name)))
    for (const [name, example] of fields.filter((field) => ['optimizer', 'batchSize', 'epochs'].includes(field[0]))) {
      expect(Object.keys(parseExperiment({ name: 'x', ...document, [name]: example }).arms)).toEqual(['default'])
    }
  })

  it('says of the settings of a record what the record says of them', () => {
    const scaled = layer({
      settings: {
        slope: z._default(z.number(), 2).register(z.globalRegistry, { description: 'Slope on both sides.' }),
        own: z.number(),
      },
      build: (_, { inputShape }) => ({ outputShape: inputShape, parameters: [], emit: ({ x }) => x }),
    })
    const own = propertiesIn(experimentJsonSchema(builtins.extend({ layers: { scaled } })))
    expect(own).toContainEqual([
      expect.stringMatching(/slope$/),
      expect.objectContaining({ description: 'Slope on both sides.', default: 2 }),
    ])
    expect(own).toContainEqual([
      expect.stringMatching(/slope$/),
      expect.objectContaining({ description: 'Slope below zero.' }),
    ])
  })
})
