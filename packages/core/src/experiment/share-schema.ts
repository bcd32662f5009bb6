/** JSON Schemas in which a long part that stands in several places stands once, under `$defs`, and is referred to. */
import { isObject } from './merge-patch.js'

type Node = Readonly<Record<string, unknown>>

/** Characters from which on a part is worth a reference. */
const LONG = 400

/** Keys that belong to the place, not to what stands there; their values are no schemas. */
const ofPlace: ReadonlySet<string> = new Set(['description', 'default', 'examples', '$schema', '$defs'])

/** The part as it stands elsewhere too, and what is of this place. */
function parted(node: Node): { readonly part: Node; readonly place: Node } {
  const entries = Object.entries(node)
  return {
    part: Object.fromEntries(entries.filter(([key]) => !ofPlace.has(key))),
    place: Object.fromEntries(entries.filter(([key]) => ofPlace.has(key))),
  }
}

/** The text of a schema that may be shared; undefined for short ones, and for what is no schema, such as a list of properties. */
function textOf(part: Node): string | undefined {
  const isSchema = typeof part['type'] === 'string' || Array.isArray(part['anyOf']) || Array.isArray(part['oneOf'])
  const text = isSchema ? JSON.stringify(part) : ''
  return text.length < LONG ? undefined : text
}

/** Texts that stand in more than one place, outside of others that do. */
function repeated(schema: Node): ReadonlySet<string> {
  const [seen, again] = [new Set<string>(), new Set<string>()]
  const look = (value: unknown): void => {
    if (Array.isArray(value)) return value.forEach(look)
    if (!isObject(value)) return
    const { part } = parted(value)
    const text = textOf(part)
    if (text !== undefined && seen.has(text)) return void again.add(text)
    if (text !== undefined) seen.add(text)
    Object.values(part).forEach(look)
  }
  look(schema)
  // Of its place, as far as its text goes, but full of schemas: what is recursive stands there.
  look(schema['$defs'])
  return again
}

/** The schema with what it repeats under `$defs`. */
export function shared(schema: Node): Node {
  const again = repeated(schema)
  const names = new Map<string, string>()
  const defs: Record<string, unknown> = {}
  const inner = (part: Node): Node => Object.fromEntries(Object.entries(part).map(([key, each]) => [key, told(each)]))
  const told = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(told)
    if (!isObject(value)) return value
    const { part, place } = parted(value)
    const text = textOf(part)
    if (text === undefined || !again.has(text)) return { ...inner(part), ...place }
    const name = names.get(text) ?? `shared${names.size + 1}`
    if (!names.has(text)) {
      names.set(text, name)
      defs[name] = inner(part)
    }
    return { $ref: `#/$defs/${name}`, ...place }
  }
  const { part, place } = parted(schema)
  const recursive = isObject(place['$defs']) ? inner(place['$defs']) : {}
  return { ...place, ...inner(part), $defs: { ...recursive, ...defs } }
}
