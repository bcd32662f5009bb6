/** The part of an experiment's schema at a path: names of fields for hints, and whether a text is meant as it stands. */
import { isObject } from './merge-patch.js'
import type { Problem } from './problems.js'

/** A schema of zod's, as far as it is looked at here. */
type Definition = Readonly<Record<string, unknown>>

/** The schemas that a value may be of, without wrappers such as defaults and unions. */
function alternatives(schema: unknown): Definition[] {
  const def = isObject(schema) ? schema['def'] : undefined
  if (!isObject(def)) return []
  const { innerType, options, getter, in: first } = def
  if (Array.isArray(options)) return options.flatMap(alternatives)
  if (typeof getter === 'function') return alternatives(getter())
  const inner = innerType ?? first
  return inner === undefined ? [def] : alternatives(inner)
}

function shapeOf({ shape }: Definition): Readonly<Record<string, unknown>> {
  return isObject(shape) ? shape : {}
}

/** True unless an object of the schema has another `type` than the value. */
function mayBe(def: Definition, value: unknown): boolean {
  const given = isObject(value) ? value['type'] : undefined
  const values = alternatives(shapeOf(def)['type']).flatMap(({ values: literals }) =>
    Array.isArray(literals) ? (literals as unknown[]) : [],
  )
  return given === undefined || values.length === 0 || values.includes(given)
}

function within(def: Definition, key: string | number): Definition[] {
  return alternatives(shapeOf(def)[String(key)] ?? def['element'] ?? def['valueType'])
}

/** The schemas at a path; `value` tells apart those of different types. */
function definitionsAt(schema: unknown, path: Problem['path'], value?: unknown): Definition[] {
  let [found, at] = [alternatives(schema), value]
  for (const key of path) {
    found = found.filter((def) => mayBe(def, at)).flatMap((def) => within(def, key))
    at = Array.isArray(at) ? (at[Number(key)] as unknown) : isObject(at) ? at[String(key)] : undefined
  }
  return found.filter((def) => mayBe(def, at))
}

/** Names of the fields that an object at a path of a value may have. */
export function fieldsAt(schema: unknown, path: Problem['path'], value?: unknown): readonly string[] {
  return [...new Set(definitionsAt(schema, path, value).flatMap((def) => Object.keys(shapeOf(def))))]
}

/** True where only a text may stand at a path. */
export function isTextAt(schema: unknown, path: Problem['path']): boolean {
  const found = definitionsAt(schema, path)
  return found.length > 0 && found.every(({ type }) => type === 'string')
}
