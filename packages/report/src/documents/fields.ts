/** Reading what was parsed from a text that nobody vouches for: what is not of the expected kind is left out. */

/** An object of a parsed document. */
export type Fields = Readonly<Record<string, unknown>>

/** True of objects, not of lists. */
export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The objects of a list; none of anything else. */
export function listOf(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.filter(isFields) : []
}

/** Text and numbers as text; empty for anything else. */
export function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}

/** The same, with a word for what is neither. */
export function textOrUnknown(value: unknown): string {
  return typeof value === 'string' ? value : textOf(value) || 'unknown'
}

/** A number; those that JSON lacks stand as text. */
export function numberOf(value: unknown): number {
  return typeof value === 'number' || typeof value === 'string' ? Number(value) : Number.NaN
}

/** Some fields, each read in one way. */
export function pick<K extends string, T>(
  fields: Fields,
  read: (value: unknown) => T,
  ...keys: readonly K[]
): Readonly<Record<K, T>> {
  return Object.fromEntries(keys.map((key) => [key, read(fields[key])])) as Record<K, T>
}

/** Each item once, in the order in which they come. */
export function unique<T>(items: Iterable<T>): T[] {
  return [...new Set(items)]
}

/** A name as a part of an element's id. */
export function idPart(name: string): string {
  return name.replaceAll(/[^\w-]+/g, '_')
}
