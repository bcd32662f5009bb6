/**
 * Settings drawn from their schemas: whatever a record of a table takes, within the bounds that its schema says, near the
 * default or far from it. A record that is added to a table is drawn without a line here.
 */
import { inside } from '../experiment/schema-inside.js'
import type { TableMark } from '../registry/settings.js'
import type { Draw } from './draw.js'

/** The sources of draws of settings. */
export interface SettingsContext {
  readonly draw: Draw
  /** The range of settings: from 0, most are the defaults, to 1, bounds and extremes are as likely as the usual. */
  readonly wildness: number
  /** Features that a layer is given, which a layer inside another one keeps. */
  readonly width: number
  /** Names that settings may be; absent: settings that are names are left out. */
  readonly names?: readonly string[]
}

/** A schema as far as it is drawn from. */
interface Definition {
  readonly type: string
  readonly innerType?: unknown
  readonly defaultValue?: unknown
  readonly getter?: () => unknown
  readonly shape?: Readonly<Record<string, unknown>>
  readonly element?: unknown
  readonly entries?: Readonly<Record<string, string | number>>
  readonly values?: readonly unknown[]
  readonly options?: readonly unknown[]
  readonly format?: string
  readonly checks?: readonly { readonly _zod: { readonly def: NumberCheck } }[]
}

interface NumberCheck {
  readonly check: string
  readonly value?: unknown
  readonly inclusive?: boolean
}

/** Bounds of a number. */
interface Bounds {
  readonly low: number
  readonly high: number
  readonly allows: (value: number) => boolean
}

function definitionOf(schema: unknown): Definition | undefined {
  return (schema as { readonly def?: Definition } | undefined)?.def
}

function isWithin(value: number, { check, value: limit, inclusive }: NumberCheck): boolean {
  if (inclusive === true && value === limit) return true
  if (check === 'greater_than') return value > Number(limit)
  return check === 'less_than' ? value < Number(limit) : true
}

function boundsOf({ checks = [] }: Definition): Bounds {
  const all = checks.map(({ _zod: { def } }) => def)
  const limits = (check: string) => all.flatMap((each) => (each.check === check ? [Number(each.value)] : []))
  const low = Math.max(Number.NEGATIVE_INFINITY, ...limits('greater_than'))
  const high = Math.min(Number.POSITIVE_INFINITY, ...limits('less_than'))
  return { low, high, allows: (value) => all.every((check) => isWithin(value, check)) }
}

/** Longest list that is drawn. */
const LONGEST_LIST = 3
/** Most of a count that has no default. */
const MOST_OF_COUNT = 8

function drawCount({ draw }: SettingsContext, { low, high }: Bounds, usual: number | undefined): number {
  const least = Math.max(0, low)
  const most = Math.min(high, usual === undefined ? MOST_OF_COUNT : Math.max(2 * usual, 2))
  return least === 0 && draw.chance(0.2) ? 0 : draw.count(Math.max(1, least), Math.max(1, most))
}

/** Values where formulas change: zeros, ones, the neighbours of bounds, what is lost or too large in float32. */
function extremes({ low, high }: Bounds): number[] {
  const nearBounds = [low, low + 1e-12, low + 1e-3, high - 1e-3, high - 1e-7, high].filter(Number.isFinite)
  return [...nearBounds, 0, 1, 1e-30, 1e-12, 1e-4, 0.5, 3, 100]
}

function drawNumber({ draw, wildness }: SettingsContext, bounds: Bounds, usual = 1): number {
  const { low, high, allows } = bounds
  const isSpan = Number.isFinite(low) && Number.isFinite(high)
  const scale = usual === 0 ? 0.01 : usual
  const near = () => (isSpan && draw.chance(0.5) ? draw.between(low, high) : scale * 10 ** (draw.normal() * 0.7))
  for (let attempt = 0; attempt < 20; attempt++) {
    const value = draw.chance(0.5 * wildness) ? draw.pick(extremes(bounds)) : near()
    if (allows(value)) return value
  }
  return usual
}

/** A list; whole numbers in ascending order, none twice, which every list of counts may be. Of names: undefined. */
function drawList(element: unknown, context: SettingsContext): unknown[] | undefined {
  const list = context.draw.list(context.draw.count(1, LONGEST_LIST), () => drawValue(element, context))
  if (list.includes(undefined)) return undefined
  if (!list.every((value) => Number.isInteger(value))) return list
  return [...new Set(list)].toSorted((a, b) => Number(a) - Number(b))
}

function drawFields(shape: Readonly<Record<string, unknown>>, context: SettingsContext): Record<string, unknown> {
  const entries = Object.entries(shape).map(([name, schema]): [string, unknown] => [
    name,
    name === 'units' ? context.width : drawValue(schema, context),
  ])
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined))
}

/** A spec of a record of a table. @param name its name; any unless given. */
export function drawSpec(mark: TableMark, context: SettingsContext, name?: string): Record<string, unknown> {
  const names = Object.keys(mark.table)
  const index = names.indexOf(name ?? context.draw.pick(names))
  return drawValue(definitionOf(mark.specs)?.options?.[index], context) as Record<string, unknown>
}

const drawn: Readonly<Record<string, (def: Definition, context: SettingsContext, usual: unknown) => unknown>> = {
  number: (def, context, usual) => {
    const bounds = boundsOf(def)
    const known = typeof usual === 'number' ? usual : undefined
    return def.format === undefined ? drawNumber(context, bounds, known) : drawCount(context, bounds, known)
  },
  string: (_, { draw, names }) => names && draw.pick(names),
  boolean: (_, { draw }) => draw.chance(0.5),
  enum: ({ entries = {} }, { draw }) => draw.pick(Object.values(entries)),
  literal: ({ values = [] }, { draw }) => draw.pick(values),
  union: ({ options = [] }, context) => drawValue(context.draw.pick(options), context),
  object: ({ shape = {} }, context) => drawFields(shape, context),
  array: ({ element }, context) => drawList(element, context),
  lazy: ({ getter }, context) => drawValue(getter?.(), context),
}

/** A value of a schema; undefined where it is left out, and for what is not drawn, such as names. */
export function drawValue(schema: unknown, context: SettingsContext, usual?: unknown): unknown {
  const found = inside(schema)
  const def = definitionOf(schema)
  if (def?.innerType !== undefined) {
    const isGiven = context.draw.chance(0.12 + 0.4 * context.wildness)
    return isGiven ? drawValue(def.innerType, context, def.defaultValue) : undefined
  }
  if (found.kind === 'table') return drawSpec(found.mark, context)
  return def === undefined ? undefined : drawn[def.type]?.(def, context, usual)
}
