/**
 * JSON in which every number comes back as it was: NaN, the infinities and -0, which JSON lacks, stand as
 * `{ "$number": "NaN" }`. Finite float64 values need no help: their shortest decimal form reads back exactly.
 */

const KEY = '$number'

function hide(_: string, item: unknown): unknown {
  if (typeof item !== 'number') return item
  if (Object.is(item, -0)) return { [KEY]: '-0' }
  return Number.isFinite(item) ? item : { [KEY]: String(item) }
}

function restore(_: string, item: unknown): unknown {
  if (typeof item !== 'object' || item === null || !(KEY in item)) return item
  return Object.keys(item).length === 1 ? Number(item[KEY]) : item
}

/** JSON text, on one line unless an indentation is given. */
export function stringifyExactly(value: unknown, indent?: number): string {
  return JSON.stringify(value, hide, indent)
}

/** What `stringifyExactly` was given. @throws SyntaxError */
export function parseExactly(text: string): unknown {
  return JSON.parse(text, restore) as unknown
}
