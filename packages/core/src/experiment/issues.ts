/**
 * The faults that the schema library finds in a document of any size. It hands faults from level to level as arguments of a
 * call, and about 1e5 of them exceed the stack: then the longest list of the document is looked at in halves.
 */
import * as z from 'zod/mini'
import { isObject } from './merge-patch.js'
import type { Problem } from './problems.js'

type Path = Problem['path']

/** A list of a document and its place. */
interface Place {
  readonly path: Path
  readonly list: readonly unknown[]
}

/** The longest list in a value. */
function longestList(value: unknown, path: Path = []): Place | undefined {
  const own: Place[] = Array.isArray(value) ? [{ path, list: value }] : []
  const entries = Array.isArray(value) ? [...value.entries()] : isObject(value) ? Object.entries(value) : []
  return entries.reduce<Place | undefined>((longest, [key, each]) => {
    const found = typeof each === 'object' ? longestList(each, [...path, key]) : undefined
    return found !== undefined && found.list.length > (longest?.list.length ?? 0) ? found : longest
  }, own[0])
}

/** A document with another list at a place. */
function withList(document: unknown, path: Path, list: readonly unknown[]): unknown {
  const [key, ...rest] = path
  if (key === undefined) return list
  if (Array.isArray(document)) return document.map((each, i) => (i === key ? withList(each, rest, list) : each))
  const entries = isObject(document) ? Object.entries(document) : []
  return Object.fromEntries(entries.map(([name, each]) => [name, name === key ? withList(each, rest, list) : each]))
}

/** True of a place within the list at another. */
function liesIn(path: readonly PropertyKey[], outer: Path): boolean {
  return path.length > outer.length && outer.every((key, i) => path[i] === key)
}

type Issues = readonly z.core.$ZodIssue[]

function inHalves(schema: z.core.$ZodType, document: unknown, { path, list }: Place): Issues {
  const half = list.length >> 1
  const first = issuesOf(schema, withList(document, path, list.slice(0, half)))
  const second = issuesOf(schema, withList(document, path, list.slice(half))).flatMap((issue) => {
    if (!liesIn(issue.path, path)) return []
    const number = Number(issue.path[path.length]) + half
    return [{ ...issue, path: [...path, number, ...issue.path.slice(path.length + 1)] }]
  })
  return [...first, ...second]
}

function issuesOf(schema: z.core.$ZodType, document: unknown): Issues {
  const parsed = parseLarge(schema, document)
  return parsed.success ? [] : parsed.issues
}

/** The value that a schema makes of a document, or all that is wrong with it. */
export function parseLarge<T extends z.core.$ZodType>(
  schema: T,
  document: unknown,
): { readonly success: true; readonly data: z.core.output<T> } | { readonly success: false; readonly issues: Issues } {
  try {
    const parsed = z.safeParse(schema, document)
    return parsed.success ? parsed : { success: false, issues: parsed.error.issues }
  } catch (error) {
    const longest = error instanceof RangeError ? longestList(document) : undefined
    if (longest === undefined || longest.list.length < 2) throw error
    return { success: false, issues: inHalves(schema, document, longest) }
  }
}
