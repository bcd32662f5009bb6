/** Names of categories: those that are given, or those that stand in the training rows. */
import * as z from 'zod/mini'
import type { Encoding } from '../field.js'
import type { RawColumn, RawNumbers, RawTexts } from '../raw.js'
import type { FitContext } from './encoding.js'

/** The setting of encodings that tell categories apart. */
export const namesSetting = { names: z.optional(z.array(z.string()).check(z.minLength(1))) }

/** Categories, and the one that stands for a missing value, where there is one. */
export interface Categories {
  readonly count: number
  readonly names?: readonly string[]
  readonly missing?: number
}

/** More different values are not categories but numbers, or names of single samples. */
const MOST_CATEGORIES = 10_000

function textNames({ texts, places }: RawTexts): string[] {
  const used = new Uint8Array(texts.length)
  for (const at of places) if (at >= 0) used[at] = 1
  return texts.filter((_, i) => used[i] === 1).toSorted()
}

/** Distinct values of a column of whole numbers, ascending; undefined for any other, and for too many. */
export function wholeNumbers({ values: { shape, data } }: RawNumbers): number[] | undefined {
  if (shape.length !== 1) return undefined
  const found = new Set<number>()
  for (const value of data) {
    if (Number.isNaN(value)) continue
    if (!Number.isInteger(value) || found.size > MOST_CATEGORIES) return undefined
    found.add(value)
  }
  return [...found].toSorted((a, b) => a - b)
}

/** The categories of a column: texts sorted, whole numbers ascending; undefined where it has none. */
export function categoriesIn(raw: RawColumn): Categories | undefined {
  if (raw.kind === 'texts') {
    const names = textNames(raw)
    return { count: names.length, names }
  }
  const found = wholeNumbers(raw)
  if (found === undefined || found.length === 0) return undefined
  const isCounted = found.every((value, i) => value === i)
  return { count: found.length, ...(isCounted ? {} : { names: found.map(String) }) }
}

/** The categories that an encoding is about. @throws InputError for a column that has none. */
export function categoriesOf(context: FitContext<{ readonly names?: readonly string[] | undefined }>): Categories {
  const { settings, raw, encoding: before, fail } = context
  const { missing } = before
  if (settings.names !== undefined) {
    const stand = standIn(before, settings.names)
    return { count: settings.names.length, names: settings.names, ...(stand !== undefined && { missing: stand }) }
  }
  if (before.kind === 'category') return before
  const found = categoriesIn(raw)
  if (found === undefined) return fail(`expected text or whole numbers, ${MOST_CATEGORIES} different ones at most`)
  const at = missing === undefined ? -1 : (found.names?.indexOf(String(missing)) ?? missing)
  return { ...found, ...(at >= 0 && { missing: at }) }
}

/** The place in other names of what stands for a missing value. */
function standIn(before: Encoding, names: readonly string[]): number | undefined {
  if (before.missing === undefined) return undefined
  const name = before.kind === 'category' ? before.names?.[before.missing] : String(before.missing)
  const at = names.indexOf(String(name))
  return at < 0 ? undefined : at
}
