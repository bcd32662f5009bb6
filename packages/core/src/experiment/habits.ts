/**
 * Documents as people write them who come from elsewhere, put into the words of this format before its schema reads them: a
 * name for a record without settings, names and spellings of other frameworks, an activation as a layer or as a field of
 * one. The schema leads the way, so that records of extensions are met like ours. What could mean two things stays as it is,
 * and is refused.
 */
import { type Registry, tableNameOf, type Tables } from '../registry/registry.js'
import type { Table, TableMark } from '../registry/settings.js'
import type { TargetType } from '../task/target.js'
import { isObject } from './merge-patch.js'
import { fieldsElsewhere, listsElsewhere, meantName, recordsElsewhere } from './names-elsewhere.js'
import type { Problem } from './problems.js'
import { armSchema } from './schema.js'
import { inside, settingsIn, type Shape } from './schema-inside.js'

type Path = Problem['path']

/** A layer that applies a function: the record whose setting an activation's own name is. */
const FUNCTION_LAYER = { type: 'activation', setting: 'function' } as const
/** The field by which other frameworks give a layer one. */
const FUNCTION_FIELD = 'activation'

/** A document in the words of this format. */
export interface Translated<T = unknown> {
  readonly document: T
  /** The place in the document as it was written of a place in this one; undefined where nothing there was moved. */
  readonly written: (path: Path) => Path | undefined
  /** The number in this document of the item of a list that was written at a place. */
  readonly placed: (path: Path) => number
}

/** A place in the translation, and in the document as it was written. */
interface Place {
  readonly to: Path
  readonly from: Path
}

/** True of a place whose last step is another; what lies in it moves with it. */
function isMoved({ to, from }: Place): boolean {
  return to.length !== from.length || to.at(-1) !== from.at(-1)
}

/** Translates one document, or a patch on one. */
class Translation {
  readonly moved = new Map<string, Path>()
  /** Numbers of items of lists here, by where they were written; of the parts of one, that of the first. */
  readonly numbers = new Map<string, number>()
  readonly #registry: Registry
  readonly #target: TargetType | undefined
  readonly #placed: Translated['placed']

  /** @param placed where items of lists are in the translation of what a patch is put on. */
  constructor(registry: Registry, target: TargetType | undefined, placed: Translated['placed']) {
    this.#registry = registry
    this.#target = target
    this.#placed = placed
  }

  /** @param below what a patch is put on, for the types that it does not name. */
  value(schema: unknown, value: unknown, below: unknown, at: Place): unknown {
    if (isMoved(at)) this.moved.set(JSON.stringify(at.to), at.from)
    const found = inside(schema)
    if (found.kind === 'table') return this.#spec(found.mark, value, below, at)
    if (found.kind === 'fields') return this.#fields(found.shape, value, below, at)
    if (found.kind === 'list' && Array.isArray(value)) return this.#list(found.element, value, at)
    if (found.kind === 'list' && isObject(value)) return this.#items(found.element, value, below, at)
    if (found.kind === 'choice' && typeof value === 'string') return meantName(value, found.choices) ?? value
    if (found.kind !== 'named' || !isObject(value)) return value
    const entries = Object.entries(value).map(([key, each]) => [
      key,
      this.value(found.value, each, isObject(below) ? below[key] : undefined, step(at, key, key)),
    ])
    return Object.fromEntries(entries)
  }

  #fields(shape: Shape, value: unknown, below: unknown, at: Place): unknown {
    if (!isObject(value)) return value
    const names = Object.keys(shape)
    const entries = Object.entries(value).flatMap(([key, each]): [string, unknown][] => {
      const several = this.#several(key, each, names)
      if (several !== undefined) return several
      const name = this.#fieldName(key, value, names)
      const under = isObject(below) ? below[name] : undefined
      return [[name, Object.hasOwn(shape, name) ? this.value(shape[name], each, under, step(at, name, key)) : each]]
    })
    return Object.fromEntries(entries)
  }

  /** The field that is meant, unless it is there too, or another means it as well. */
  #fieldName(key: string, value: Readonly<Record<string, unknown>>, names: readonly string[]): string {
    const meant = meantName(key, names, fieldsElsewhere)
    const same = Object.keys(value).filter((other) => meantName(other, names, fieldsElsewhere) === meant)
    return meant === undefined || same.length > 1 ? key : meant
  }

  #several(key: string, value: unknown, names: readonly string[]): [string, unknown][] | undefined {
    const fields = Object.hasOwn(listsElsewhere, key) ? listsElsewhere[key] : undefined
    if (fields === undefined || !Array.isArray(value) || value.length !== fields.length) return undefined
    return fields.every((field) => names.includes(field)) ? fields.map((field, i) => [field, value[i]]) : undefined
  }

  #list(element: unknown, list: readonly unknown[], at: Place): unknown[] {
    const out: unknown[] = []
    for (const [i, each] of list.entries()) {
      const parts = this.#isLayers(element) ? this.#layerParts(element, each) : [each]
      for (const [which, part] of parts.entries()) {
        const place = step(at, out.length, i)
        if (which === 0) this.numbers.set(JSON.stringify(place.from), out.length)
        if (which > 0)
          this.moved.set(JSON.stringify([...place.to, FUNCTION_LAYER.setting]), [...place.from, FUNCTION_FIELD])
        out.push(this.value(element, part, undefined, place))
      }
    }
    return out
  }

  /** A patch on items of a list, by their numbers as they were written. */
  #items(element: unknown, items: Readonly<Record<string, unknown>>, below: unknown, at: Place): unknown {
    const entries = Object.entries(items).map(([key, item]) => {
      const number = /^\d{1,4}$/.test(key) ? this.#placed([...at.from, Number(key)]) : key
      const under: unknown = Array.isArray(below) ? below[Number(number)] : undefined
      return [number, this.value(element, item, under, step(at, number, key))] as const
    })
    return Object.fromEntries(entries)
  }

  #isLayers(element: unknown): boolean {
    const found = inside(element)
    return found.kind === 'table' && tableNameOf(this.#registry, found.mark.table) === 'layers'
  }

  /** A layer with the function that it is given as a field, as two layers. */
  #layerParts(element: unknown, layer: unknown): unknown[] {
    const found = inside(element)
    if (found.kind !== 'table' || !isObject(layer) || !(FUNCTION_FIELD in layer)) return [layer]
    const shape = settingsIn(found.mark, this.#typeIn(found.mark, layer['type']))
    if (FUNCTION_FIELD in shape || Object.keys(shape).length === 0) return [layer]
    const { [FUNCTION_FIELD]: applied, ...rest } = layer
    const isNone = applied === null || this.#typeOf('activations', this.#registry.activations, applied) === 'linear'
    return isNone ? [rest] : [rest, { type: FUNCTION_LAYER.type, [FUNCTION_LAYER.setting]: applied }]
  }

  #typeIn({ table }: TableMark, type: unknown): string | undefined {
    return this.#typeOf(tableNameOf(this.#registry, table), table, type)
  }

  /** The record that a name means; of several the one that suits the target. */
  #typeOf(name: keyof Tables | undefined, table: Table<unknown>, type: unknown): string | undefined {
    if (typeof type !== 'string') return undefined
    const suits = (each: string): boolean => {
      const { suits: targets } = table[each] as { readonly suits?: readonly TargetType[] }
      return targets === undefined || this.#target === undefined || targets.includes(this.#target)
    }
    const ours = Object.keys(table)
    return meantName(type, ours) ?? meantName(type, ours.filter(suits), name && recordsElsewhere[name])
  }

  #spec(mark: TableMark, value: unknown, below: unknown, at: Place): unknown {
    const spec = typeof value === 'string' ? { type: value } : value
    if (!isObject(spec)) return value
    const own = spec['type'] ?? (isObject(below) ? below['type'] : undefined)
    const type = this.#typeIn(mark, own)
    if (type === undefined) return this.#functionLayer(mark, spec, own, at) ?? (mark.takesNames ? value : spec)
    const named = 'type' in spec ? { ...spec, type } : spec
    return this.#fields(settingsIn(mark, type), named, below, at)
  }

  /** An activation where a layer belongs, as the layer that applies it. */
  #functionLayer(mark: TableMark, spec: Record<string, unknown>, own: unknown, { to, from }: Place): unknown {
    const isLayer = tableNameOf(this.#registry, mark.table) === 'layers'
    const applied = isLayer ? this.#typeOf('activations', this.#registry.activations, own) : undefined
    const { type, setting } = FUNCTION_LAYER
    const schema = settingsIn(mark, type)[setting]
    if (applied === undefined || schema === undefined) return undefined
    const at = { to: [...to, setting], from }
    return { type, [setting]: this.value(schema, { ...spec, type: applied }, undefined, at) }
  }
}

function step({ to, from }: Place, key: string | number, written: string | number) {
  return { to: [...to, key], from: [...from, written] }
}

/** The target of the task that a document asks for, or else the first there is. */
function targetOf(registry: Registry, document: Readonly<Record<string, unknown>>): TargetType | undefined {
  const task = document['task'] ?? Object.keys(registry.tasks)[0]
  const type = isObject(task) ? task['type'] : task
  const name =
    typeof type === 'string' ? meantName(type, Object.keys(registry.tasks), recordsElsewhere.tasks) : undefined
  return name === undefined ? undefined : registry.tasks[name]?.targetType
}

function placedIn(numbers: ReadonlyMap<string, number>): Translated['placed'] {
  return (path) => numbers.get(JSON.stringify(path)) ?? Number(path.at(-1))
}

function writtenIn(moved: ReadonlyMap<string, Path>): Translated['written'] {
  return (path) => {
    for (let length = path.length; length > 0; length--) {
      const from = moved.get(JSON.stringify(path.slice(0, length)))
      if (from !== undefined) return [...from, ...path.slice(length)]
    }
    return undefined
  }
}

/**
 * A document in the words of this format; what is not understood is left for the schema to refuse.
 * @param below what it is a patch on, in these words already, and `placed` of the translation that it came of.
 */
export function translate(
  registry: Registry,
  document: Readonly<Record<string, unknown>>,
  below: Readonly<Record<string, unknown>> = {},
  { placed }: Pick<Translated, 'placed'> = { placed: placedIn(new Map()) },
): Translated<Record<string, unknown>> {
  const translation = new Translation(registry, targetOf(registry, { ...below, ...document }), placed)
  const translated = translation.value(armSchema(registry).arm, document, below, { to: [], from: [] })
  return {
    document: translated as Record<string, unknown>,
    written: writtenIn(translation.moved),
    placed: placedIn(translation.numbers),
  }
}
