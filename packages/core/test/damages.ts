/** Documents with one value damaged. */

/** Where a value stands in a document. */
export type Path = readonly (string | number)[]

type Items = Readonly<Record<string | number, unknown>>

/** Values that may stand in place of another. `undefined`: it is gone. */
export const damages: readonly unknown[] = [undefined, null, 'text', -1, 0.5, true, [], {}, [null], { $number: 'NaN' }]

/** Every place of a document; of a list the first and the last item alone. */
export function placesOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path]
  const keys = Array.isArray(value) ? [...new Set([0, value.length - 1])].filter((i) => i >= 0) : Object.keys(value)
  return [path, ...keys.flatMap((key) => placesOf((value as Items)[key], [...path, key]))]
}

/** A copy with another value at a place. */
export function damaged(value: unknown, [key, ...rest]: Path, damage: unknown): unknown {
  if (key === undefined) return damage
  const changed = damaged((value as Items)[key], rest, damage)
  if (Array.isArray(value)) {
    const items = value.map((item: unknown, i) => (i === key ? changed : item))
    return items.filter((_, i) => i !== key || changed !== undefined)
  }
  const entries = Object.entries(value as Items).map(([name, item]) => [name, name === key ? changed : item])
  return Object.fromEntries(entries.filter(([, item]) => item !== undefined))
}
