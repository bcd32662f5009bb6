/**
 * Writes the schema of experiments in the form that SchemaStore takes: `node build/schemastore.mjs DIRECTORY`. It keeps draft 7,
 * with an id and a title of its own; beside it stands the entry for its catalog.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { argv } from 'node:process'
import { fileURLToPath, pathToFileURL } from 'node:url'

const ID = 'https://json.schemastore.org/isograd.json'
const SOURCE = fileURLToPath(new URL('../packages/core/experiment.schema.json', import.meta.url))

/** Keywords of draft 2020-12, as draft 7 calls them. */
function olderKeywords({ prefixItems, items, $defs, ...rest }) {
  const lists = prefixItems === undefined ? { items } : { items: prefixItems, additionalItems: items }
  return { ...rest, ...lists, definitions: $defs }
}

function older(node) {
  if (Array.isArray(node)) return node.map(older)
  if (typeof node === 'string') return node.replace(/^#\/\$defs\//, '#/definitions/')
  if (typeof node !== 'object' || node === null) return node
  const entries = Object.entries(olderKeywords(node)).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries.map(([key, value]) => [key, older(value)]))
}

/** The schema in draft 7. @param source that of core, in draft 2020-12. */
export function storedSchema(source) {
  const about = { title: 'isograd experiment', description: 'A training experiment that isograd runs on any backend.' }
  return { ...older(source), $schema: 'http://json-schema.org/draft-07/schema#', $id: ID, ...about }
}

/** The entry of the catalog: files that editors take for experiments. */
export const catalogEntry = {
  name: 'isograd experiment',
  description: 'A training experiment that isograd runs on any backend',
  fileMatch: ['*.isograd.json', '*.isograd.yaml', '*.isograd.yml'],
  url: ID,
}

if (import.meta.url === pathToFileURL(argv[1]).href) {
  const [, , directory = 'schemastore'] = argv
  mkdirSync(directory, { recursive: true })
  const documents = {
    'isograd.json': storedSchema(JSON.parse(readFileSync(SOURCE, 'utf8'))),
    'catalog-entry.json': catalogEntry,
  }
  for (const [name, document] of Object.entries(documents)) {
    writeFileSync(join(directory, name), `${JSON.stringify(document, null, 2)}\n`)
  }
}
