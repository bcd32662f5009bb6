/** The JSON Schema of experiment files, with words on every field: for completion and checks in an editor. */
import * as z from 'zod/mini'
import type { Registry } from '../registry/registry.js'
import { fieldDescriptions, settingDescriptions } from './glossary.js'
import { isObject } from './merge-patch.js'
import { presets } from './presets/index.js'
import { armSchema, armsSchema } from './schema.js'
import { shared } from './share-schema.js'

type Node = Record<string, unknown>

/** True of an object that is the settings of a record: its `type` is one text. */
function isRecord({ type }: Node): boolean {
  return isObject(type) && typeof type['const'] === 'string'
}

function textFor(properties: Node, name: string, path: readonly string[]): string | undefined {
  const own = isRecord(properties) ? undefined : fieldDescriptions[[...path, name].join('.')]
  return own ?? (Object.hasOwn(settingDescriptions, name) ? settingDescriptions[name] : undefined)
}

/** The description of a property in an object of others; undefined where there is none. */
type Describe = (properties: Node, name: string, path: readonly string[]) => string | undefined

/** Writes descriptions where there are none. @param path of the fields around, without lists and alternatives. */
export function describeIn(node: unknown, path: readonly string[] = [], describe: Describe = textFor): void {
  if (Array.isArray(node)) for (const each of node) describeIn(each, path, describe)
  if (!isObject(node)) return
  const { properties, ...rest } = node
  for (const [name, property] of Object.entries(isObject(properties) ? properties : {})) {
    if (!isObject(property) || !isObject(properties)) continue
    property['description'] ??= describe(properties, name, path)
    if (property['description'] === undefined) delete property['description']
    describeIn(property, [...path, name], describe)
  }
  for (const [key, value] of Object.entries(rest))
    if (key !== 'default' && key !== 'examples') describeIn(value, path, describe)
}

/** An example of every field that a preset has: the shortest one. */
function giveExamples(schema: unknown): void {
  const properties = isObject(schema) && isObject(schema['properties']) ? schema['properties'] : {}
  for (const [name, property] of Object.entries(properties)) {
    const found = presets.flatMap((preset) => (isObject(preset) && Object.hasOwn(preset, name) ? [preset[name]] : []))
    const [shortest] = found.toSorted((a, b) => JSON.stringify(a).length - JSON.stringify(b).length)
    if (isObject(property) && shortest !== undefined) property['examples'] = [shortest]
  }
}

/** JSON Schema (draft 2020-12) of an experiment file over a registry. */
export function experimentJsonSchema(registry: Registry): unknown {
  const schema = z.toJSONSchema(z.extend(armSchema(registry).arm, { arms: armsSchema }), { io: 'input' })
  describeIn(schema)
  giveExamples(schema)
  return shared(schema)
}
