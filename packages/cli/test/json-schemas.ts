/** The published schemas of what `--json` prints: whatever a test runs with it must fit. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'

/** The folder of the schemas. */
export const schemasFolder: string = fileURLToPath(new URL('../schemas/', import.meta.url))

/** The documents that each verb prints. */
export const printedBy: Readonly<Record<string, readonly string[]>> = {
  add: ['isograd.add/1'],
  atlas: ['isograd.atlas/1'],
  bench: ['isograd.bench/2', 'isograd.bench-growth/2'],
  bisect: ['isograd.bisect/1'],
  check: ['isograd.check/2'],
  compile: ['isograd.written/1'],
  compare: ['isograd.compare/2', 'isograd.sweep-compare/1'],
  conformance: ['isograd.conformance/1'],
  data: ['isograd.data/1'],
  describe: ['isograd.describe/1'],
  doctor: ['isograd.doctor/1'],
  export: ['isograd.export/1'],
  faults: ['isograd.faults/2', 'isograd.fault-kinds/1'],
  files: ['isograd.files/1'],
  init: ['isograd.written/1'],
  list: ['isograd.list/1'],
  matrix: ['isograd.matrix/1'],
  merge: ['isograd.sweep-status/1'],
  playground: ['isograd.written/1'],
  predict: ['isograd.predict/2', 'isograd.predict-rows/1'],
  reduce: ['isograd.reduce/1'],
  report: ['isograd.written/1'],
  resume: ['isograd.runs/2', 'isograd.suite/2'],
  run: ['isograd.runs/2'],
  selftest: ['isograd.selftest/1'],
  suite: ['isograd.suite/2'],
  sweep: ['isograd.sweep-status/1'],
  trace: ['isograd.written/1'],
  versions: ['isograd.versions/1'],
}

/** The file of a schema. */
export function schemaFile(schema: string): string {
  return `${schema.replace('isograd.', '').replace('/', '.')}.schema.json`
}

const ajv = new Ajv2020({ allErrors: true })
const validators = new Map<string, ValidateFunction>()

function validatorOf(schema: string): ValidateFunction {
  const known = validators.get(schema)
  if (known !== undefined) return known
  const made = ajv.compile(JSON.parse(readFileSync(`${schemasFolder}${schemaFile(schema)}`, 'utf8')) as object)
  validators.set(schema, made)
  return made
}

/** The parts of a document that do not fit its schema. */
export function misfitsIn(text: string): string[] {
  const document = JSON.parse(text) as { readonly schema: string }
  const validate = validatorOf(document.schema)
  if (validate(document)) return []
  return (validate.errors ?? []).map(
    ({ instancePath, message = '', params }) => `${instancePath || '/'} ${message} ${JSON.stringify(params)}`,
  )
}

/** @throws Error where a verb printed what does not fit, or another document than those that it prints. */
export function requireSchema(verb: string, text: string): void {
  const { schema } = JSON.parse(text) as { readonly schema: string }
  if (printedBy[verb]?.includes(schema) !== true) throw new Error(`${verb} printed "${schema}"; see json-schemas.ts`)
  const misfits = misfitsIn(text)
  if (misfits.length > 0) throw new Error(`${verb}: ${schema}: ${misfits.join('; ')}`)
}
