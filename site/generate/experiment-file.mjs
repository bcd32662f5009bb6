/**
 * The reference of the experiment file from its JSON Schema: a page of its fields, and for each table of records, such as layers
 * or optimizers, a page with the settings of every record.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { block, code, plain, ROOT, table } from './places.mjs'
import { recordRows, titleOf } from './record-rows.mjs'

const schema = JSON.parse(readFileSync(join(ROOT, 'packages/core/experiment.schema.json'), 'utf8'))

/** Tables of records: the page of each, and the way to its schema. Fields that lead there are linked. */
const tables = {
  layers: ['Layers', ({ model }) => model.properties.layers.items],
  activations: ['Activations', ({ activation }) => activation],
  initializers: ['Initializers', ({ initializers }) => initializers.properties.weights],
  encodings: ['Encodings', ({ data }) => data.properties.fields.additionalProperties.properties.encoding],
  tasks: ['Tasks', ({ task }) => task],
  losses: ['Losses', ({ loss }) => loss],
  metrics: ['Metrics', ({ metrics }) => metrics],
  optimizers: ['Optimizers', ({ optimizer }) => optimizer],
  schedules: ['Schedules', ({ schedule }) => schedule],
  clipping: ['Clipping', ({ clipping }) => clipping],
  averages: ['Averages', ({ averaging }) => averaging],
  regularizers: ['Regularizers', ({ regularizer }) => regularizer],
  constraints: ['Constraints', ({ constraint }) => constraint],
}

/** A node with its reference followed. */
function followed(node) {
  return node.$ref === undefined ? node : { ...schema.$defs[node.$ref.split('/').at(-1)], ...node }
}

/** Alternatives of a node, those within alternatives and items of lists too. */
function alternatives(node) {
  const { oneOf, anyOf, items, ...own } = followed(node)
  const inner = [...(oneOf ?? []), ...(anyOf ?? []), ...(items === undefined ? [] : [items])]
  return inner.length === 0 ? [own] : inner.flatMap(alternatives)
}

const nameOf = ({ properties }) => properties?.type?.const

/** Records of a table by name. */
function recordsOf(node) {
  const records = alternatives(node).filter((each) => nameOf(each) !== undefined)
  return new Map(records.map((record) => [nameOf(record), record]))
}

const pages = Object.entries(tables).map(([page, [title, lead]]) => ({
  page,
  title,
  records: recordsOf(lead(schema.properties)),
}))

/** The page that has all records of a node, if one has. */
function pageWith(node) {
  const names = [...recordsOf(node).keys()]
  return names.length === 0 ? undefined : pages.find(({ records }) => names.every((name) => records.has(name)))
}

/** A number as the schema's bounds write it; JavaScript's largest whole numbers say nothing to a reader. */
const bound = (words, value) => (value === undefined || value >= Number.MAX_SAFE_INTEGER ? [] : [`${words} ${value}`])

function boundsOf({ minimum, exclusiveMinimum, maximum, exclusiveMaximum }) {
  return [
    ...bound('at least', minimum),
    ...bound('above', exclusiveMinimum),
    ...bound('at most', maximum),
    ...bound('below', exclusiveMaximum),
  ]
}

/** One alternative in words. */
function simpleType(node) {
  const { type, const: value, enum: words, items, additionalProperties } = node
  if (value !== undefined) return code(JSON.stringify(value))
  if (words !== undefined) return words.map((word) => code(JSON.stringify(word))).join(', ')
  if (type === 'array') return items === undefined ? 'list' : `list of ${typeText(items)}`
  if (type === 'object')
    return additionalProperties === undefined || additionalProperties === false ? 'object' : 'object by name'
  return [{ integer: 'whole number', string: 'text' }[type] ?? type ?? 'any', ...boundsOf(node)].join(', ')
}

/** A type in words, with a link where it is the records of a table. */
function typeText(node) {
  const page = pageWith(node)
  if (page !== undefined) return `[${page.title.toLowerCase()}](./${page.page}.md)`
  const { oneOf, anyOf, ...own } = followed(node)
  return [
    ...new Set(
      (oneOf ?? anyOf ?? [own]).map((each) =>
        (each.oneOf ?? each.anyOf) ? typeText(each) : simpleType(followed(each)),
      ),
    ),
  ].join('; or ')
}

const defaultText = ({ default: value }) => (value === undefined ? '-' : code(JSON.stringify(value)))

/** Rows of the fields within a node, by their paths. */
function rowsWithin(node, path) {
  if (pageWith(node) !== undefined) return []
  return alternatives(node).flatMap(({ properties = {}, required = [], additionalProperties }) => [
    ...Object.entries(properties).flatMap(([name, property]) => [
      rowOf(`${path}${name}`, property, required.includes(name)),
      ...rowsWithin(property, `${path}${name}.`),
    ]),
    ...(typeof additionalProperties === 'object' ? rowsWithin(additionalProperties, `${path}NAME.`) : []),
  ])
}

function rowOf(path, property, isNeeded) {
  const about = `${plain(property.description)}${isNeeded ? ' (needed)' : ''}`
  return [code(path).replaceAll('.', '.<wbr>'), about, typeText(property), defaultText(property)]
}

/** Rows of one path only once: alternatives share fields. */
const unique = (rows) => [...new Map(rows.map((row) => [row[0], row])).values()]

const HEAD = ['field', 'meaning', 'type', 'default']

function sectionOf([name, property]) {
  const within = unique(rowsWithin(property, `${name}.`))
  const [example] = property.examples ?? []
  const rows = [rowOf(name, property, schema.required.includes(name)), ...within]
  return [
    `## ${name}`,
    table(HEAD, rows),
    ...(example === undefined ? [] : ['Example:', block('json', `{ "${name}": ${JSON.stringify(example)} }`)]),
  ].join('\n\n')
}

function recordSection([name, { properties, required = [] }], told) {
  const rows = Object.entries(properties)
    .filter(([setting]) => setting !== 'type')
    .map(([setting, property]) => rowOf(setting, property, required.includes(setting)))
  return [
    `## ${name}`,
    ...told,
    rows.length === 0 ? 'It has no settings.' : table(['setting', ...HEAD.slice(1)], rows),
  ].join('\n\n')
}

function tablePage({ title, records }) {
  const intro = `Every name that an experiment file may have as \`type\`, with its settings. A name alone takes the defaults.`
  const { told, from } = recordRows(new Set(records.keys()))
  const links = from.map((path) => `[${titleOf(path)}](../${path})`).join(', ')
  const sections = [...records].map((each) => recordSection(each, told.get(each[0]) ?? []))
  return [`# ${title}`, `${intro} What the letters of formulas mean: ${links}.`, ...sections, ''].join('\n\n')
}

/** The pages by path. */
export function referencePages() {
  const index = [
    '# The experiment file',
    'Every field, from the JSON Schema that the command itself reads files with. [Experiments](../docs/experiments.md) explains them.',
    `Tables of records: ${pages.map(({ page, title }) => `[${title.toLowerCase()}](./${page}.md)`).join(', ')}.`,
    ...Object.entries(schema.properties).map(sectionOf),
    '',
  ].join('\n\n')
  return {
    'reference/index.md': index,
    ...Object.fromEntries(pages.map((each) => [`reference/${each.page}.md`, tablePage(each)])),
  }
}
