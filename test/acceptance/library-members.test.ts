/** Everything that the schema of experiments offers is trained by `library.test.ts`. */
import { type ArmSpec, builtins, experimentJsonSchema } from '@isograd/core'
import { expect, test } from 'vitest'
import { armsIn } from '../library-members.js'

type Fields = Readonly<Record<string, unknown>>

const schema = experimentJsonSchema(builtins) as Fields

/** A part of the schema, what it refers to put in its place. */
function resolved(node: unknown): Fields {
  const { $ref, ...own } = node as Fields
  return typeof $ref === 'string' ? { ...resolved(memberAt(schema, $ref.split('/').slice(1))), ...own } : own
}

/** A member of plain JSON by its path. */
function memberAt(document: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((node, key) => resolved(node)[key], document)
}

/** The names that a field of the schema offers: an enumeration, the types of a union, or a union of both. */
function namesIn(field: unknown): string[] {
  const { enum: listed = [], oneOf = [], anyOf = [], properties } = resolved(field)
  const type = properties === undefined ? undefined : memberAt(properties, ['type', 'const'])
  const own = [...(listed as string[]), ...(typeof type === 'string' ? [type] : [])]
  const inner = [...(oneOf as unknown[]), ...(anyOf as unknown[])]
  return [...new Set([...own, ...inner.flatMap(namesIn)])].toSorted()
}

function offeredAt(...path: string[]): string[] {
  return namesIn(memberAt(schema, path))
}

const offered = {
  optimizers: offeredAt('properties', 'optimizer'),
  activations: offeredAt('properties', 'activation'),
  initializers: offeredAt('properties', 'initializers', 'properties', 'weights'),
  layers: offeredAt('$defs', '__schema0'),
  losses: offeredAt('properties', 'loss'),
  clippings: offeredAt('properties', 'clipping'),
}

interface Nested {
  readonly type: string
  readonly layers?: readonly Nested[]
  readonly weights?: { readonly type: string }
}

function layerTypes(layers: readonly Nested[]): string[] {
  return layers.flatMap(({ type, layers: inner = [] }) => [type, ...layerTypes(inner)])
}

/** Initializers that single layers name. */
function ownInitializers(layers: readonly Nested[]): string[] {
  return layers.flatMap(({ weights }) => (weights === undefined ? [] : [weights.type]))
}

const trained: { readonly [K in keyof typeof offered]: (arm: ArmSpec) => readonly string[] } = {
  optimizers: ({ optimizer }) => [optimizer.type],
  activations: ({ activation }) => [activation.type],
  initializers: ({ initializers: { weights }, model }) => [weights.type, ...ownInitializers(model.layers)],
  layers: ({ model }) => layerTypes(model.layers),
  losses: ({ loss }) => [loss.type],
  clippings: ({ clipping }) => (clipping === undefined ? [] : [clipping.type]),
}

test.each(Object.keys(offered) as (keyof typeof offered)[])('%s: all of them', (family) => {
  expect(offered[family].length).toBeGreaterThan(1)
  const types = armsIn('float32').flatMap(([, arm]) => trained[family](arm))
  expect([...new Set(types)].toSorted()).toEqual(offered[family])
})

test.each(['activations', 'optimizers', 'initializers', 'losses', 'layers'] as const)(
  'the schema offers every record of the table %s',
  (table) => {
    expect(offered[table]).toEqual(Object.keys(builtins[table]).toSorted())
  },
)
