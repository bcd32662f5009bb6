/**
 * JSON Merge Patch (RFC 7396): how an arm differs from the rest of its experiment. Beyond the standard, an object whose keys
 * are whole numbers changes those items of a list and leaves the others.
 */
import { InputError } from '../errors.js'

/** True when a value is a JSON object. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isOfItems(patch: Record<string, unknown>): boolean {
  const keys = Object.keys(patch)
  return keys.length > 0 && keys.every((key) => /^\d{1,4}$/.test(key))
}

/** A list with some of its items changed. @throws InputError for an item that is not there. */
function patchItems(target: readonly unknown[], patch: Record<string, unknown>, path: string): unknown[] {
  const items = [...target]
  for (const [key, value] of Object.entries(patch)) {
    const at = Number(key)
    if (at >= items.length) {
      throw new InputError('core', `${path}[${at}]: expected an item from 0 to ${items.length - 1}, got ${at}`)
    }
    items[at] = mergePatch(items[at], value, `${path}[${at}]`)
  }
  return items
}

/** Fields that say what the others of their object mean. */
const tags = ['type', 'kind'] as const

/** True where a patch chooses another kind of thing: settings of the old kind are none of the new. */
function isOtherKind(target: Readonly<Record<string, unknown>>, patch: Readonly<Record<string, unknown>>): boolean {
  return tags.some(
    (tag) => typeof patch[tag] === 'string' && typeof target[tag] === 'string' && patch[tag] !== target[tag],
  )
}

/**
 * `target` with `patch` applied: objects merge, null removes, everything else replaces, and so does an object of another
 * `type`. Neither is changed. A key such as `__proto__` is one like any other.
 * @param path of the target, for messages. @throws InputError for an item of a list that is not there.
 */
export function mergePatch(target: unknown, patch: unknown, path = ''): unknown {
  if (!isObject(patch)) return patch
  if (Array.isArray(target) && isOfItems(patch)) return patchItems(target, patch, path)
  const merged = new Map(isObject(target) && !isOtherKind(target, patch) ? Object.entries(target) : [])
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) merged.delete(key)
    else merged.set(key, mergePatch(merged.get(key), value, path === '' ? key : `${path}.${key}`))
  }
  return Object.fromEntries(merged)
}

/** The patch that does what one does, and then another: null stays in it. A key such as `__proto__` is one like any other. */
export function composePatches(
  first: Readonly<Record<string, unknown>>,
  second: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const composed = new Map(isOtherKind(first, second) ? [] : Object.entries(first))
  for (const [key, value] of Object.entries(second)) {
    const before = composed.get(key)
    composed.set(key, isObject(before) && isObject(value) ? composePatches(before, value) : value)
  }
  return Object.fromEntries(composed)
}
