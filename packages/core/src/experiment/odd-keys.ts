/** The one key that assigning would not make a property: readers of objects pass over it, and what it says would be lost. */
import type { Problem } from './problems.js'

const ODD = '__proto__'
/** Levels of a document: files are read to as many. */
const DEEPEST = 100

/** Problems for the key at any depth of plain data, but for the name of an arm. */
export function oddKeys(value: unknown, path: Problem['path'] = []): Problem[] {
  if (typeof value !== 'object' || value === null || path.length > DEEPEST) return []
  if (Array.isArray(value)) return value.flatMap((each, i) => oddKeys(each, [...path, i]))
  const isArms = path.length === 1 && path[0] === 'arms'
  const own = { path: [...path, ODD], expected: 'no such field', got: `"${ODD}"` }
  const inner = Object.keys(value).flatMap((key) => oddKeys((value as Record<string, unknown>)[key], [...path, key]))
  return !isArms && Object.hasOwn(value, ODD) ? [own, ...inner] : inner
}
