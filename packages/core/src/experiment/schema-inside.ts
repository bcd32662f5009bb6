/** Schemas looked into: the fields of an object, the elements of a list, the records of a table behind what wraps them. */
import type * as z from 'zod/mini'
import { tableBehind, type TableMark } from '../registry/settings.js'

/** The kind of a schema, without defaults and such. */
export type Inside =
  | { readonly kind: 'table'; readonly mark: TableMark }
  | { readonly kind: 'fields'; readonly shape: Shape }
  | { readonly kind: 'list'; readonly element: unknown }
  | { readonly kind: 'named'; readonly value: unknown }
  | { readonly kind: 'choice'; readonly choices: readonly string[] }
  | { readonly kind: 'other' }

/** Schemas by field. */
export type Shape = Readonly<Record<string, unknown>>

interface Definition {
  readonly type: string
  readonly innerType?: unknown
  readonly getter?: () => unknown
  readonly shape?: Shape
  readonly element?: unknown
  readonly valueType?: unknown
  readonly entries?: Readonly<Record<string, string | number>>
}

function definitionOf(schema: unknown): Definition | undefined {
  return (schema as Partial<z.ZodMiniType> | undefined)?.def
}

/** Looks into a schema. */
export function inside(schema: unknown): Inside {
  const mark = tableBehind(schema)
  if (mark !== undefined) return { kind: 'table', mark }
  const def = definitionOf(schema)
  if (def?.innerType !== undefined) return inside(def.innerType)
  if (def?.getter !== undefined) return inside(def.getter())
  if (def?.shape !== undefined) return { kind: 'fields', shape: def.shape }
  if (def?.type === 'array') return { kind: 'list', element: def.element }
  if (def?.type === 'record') return { kind: 'named', value: def.valueType }
  if (def?.type === 'enum') return { kind: 'choice', choices: Object.values(def.entries ?? {}).map(String) }
  return { kind: 'other' }
}

function shapesIn(schema: unknown): readonly Shape[] {
  const def = definitionOf(schema)
  const options = (def as { options?: readonly unknown[] } | undefined)?.options
  return options === undefined ? (def?.shape === undefined ? [] : [def.shape]) : options.flatMap(shapesIn)
}

/** The settings of a table's record, those of all its formulations together; none where there is no such record. */
export function settingsIn({ specs }: TableMark, type: unknown): Shape {
  const own = shapesIn(specs).filter(
    (shape) => definitionOf(shape['type'])?.type === 'literal' && literalOf(shape) === type,
  )
  return Object.assign({}, ...own) as Shape
}

function literalOf({ type }: Shape): unknown {
  return (definitionOf(type) as { values?: readonly unknown[] } | undefined)?.values?.[0]
}
