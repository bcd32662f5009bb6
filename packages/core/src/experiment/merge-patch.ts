/**
 * JSON Merge Patch (RFC 7396): how an arm differs from the rest of its experiment. Beyond the standard, an object whose keys
 * are whole numbers changes those items of a list and leaves the others.
 */

/** True when a value is a JSON object. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isOfItems(patch: Record<string, unknown>): boolean {
  const keys = Object.keys(patch)
  return keys.length > 0 && keys.every((key) => /^\d{1,4}$/.test(key))
}

/** A list with some of its items changed; an item that is not there is a hole that no schema takes. */
function patchItems(target: readonly unknown[], patch: Record<string, unknown>): unknown[] {
  const items = [...target]
  for (const [key, value] of Object.entries(patch)) items[Number(key)] = mergePatch(items[Number(key)], value)
  return Array.from(items)
}

/** `target` with `patch` applied: objects merge, null removes, everything else replaces. Neither is changed. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch
  if (Array.isArray(target) && isOfItems(patch)) return patchItems(target, patch)
  const merged: Record<string, unknown> = isObject(target) ? { ...target } : {}
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key]
    else merged[key] = mergePatch(merged[key], value)
  }
  return merged
}
