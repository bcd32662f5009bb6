/** The page of what `--json` prints, from the JSON Schemas that the command's package has. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { code, plain, ROOT, table } from './places.mjs'

const FOLDER = join(ROOT, 'packages/cli/schemas')

/** The fields of a document; those of each of its forms, where it has several. */
function fieldsOf({ anyOf, properties = {} }) {
  return Object.assign({}, ...(anyOf ?? []).map(fieldsOf), properties)
}

/** The words for a field: its own, or those for what it is or has a list of. */
function aboutOf({ description, $ref, items }, { $defs }) {
  return description ?? $defs[($ref ?? items?.$ref)?.split('/').at(-1)]?.description ?? ''
}

function sectionOf(file) {
  const schema = JSON.parse(readFileSync(join(FOLDER, file), 'utf8'))
  const rows = Object.entries(fieldsOf(schema)).map(([name, field]) => [code(name), plain(aboutOf(field, schema))])
  return [
    `## ${schema.title}`,
    plain(schema.description),
    `Its schema: ${code(`isograd/schemas/${file}`)}.`,
    table(['field', 'meaning'], rows),
  ].join('\n\n')
}

/** The page by its path. */
export function documentPages() {
  const page = [
    '# What --json prints',
    'The documents by the name in their field `schema`, with their outermost fields. The package `isograd` has a JSON Schema of each.',
    ...readdirSync(FOLDER).map(sectionOf),
    '',
  ]
  return { 'commands/json.md': page.join('\n\n') }
}
