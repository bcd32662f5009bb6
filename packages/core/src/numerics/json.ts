/**
 * JSON in which every number comes back as it was: NaN, the infinities and -0, which JSON lacks, stand as
 * `{ "$number": "NaN" }`. Finite float64 values need no help: their shortest decimal form reads back exactly.
 */

const MARK = '$number'

const marked: ReadonlyMap<unknown, number> = new Map([
  ['-0', -0],
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
])

function hide(_: string, item: unknown): unknown {
  if (typeof item !== 'number') return item
  if (Object.is(item, -0)) return { [MARK]: '-0' }
  return Number.isFinite(item) ? item : { [MARK]: String(item) }
}

function restore(_: string, item: unknown): unknown {
  if (typeof item !== 'object' || item === null || !(MARK in item) || Object.keys(item).length > 1) return item
  return marked.get(item[MARK]) ?? item
}

/** JSON text, on one line unless an indent in spaces is given. */
export function stringifyExactly(value: unknown, indent?: number): string {
  return JSON.stringify(value, hide, indent)
}

/** Reads the text of `stringifyExactly`. A mark with any other text stays the object that it is. @throws SyntaxError */
export function parseExactly(text: string): unknown {
  return JSON.parse(text, restore) as unknown
}
