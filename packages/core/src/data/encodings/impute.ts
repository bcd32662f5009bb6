/** A value in the place of one that is missing: found in the training rows, or given. It goes before other encodings. */
import * as z from 'zod/mini'
import type { NumbersEncoding } from '../field.js'
import type { RawColumn, RawTexts } from '../raw.js'
import { encoding, type FitContext, seenNumbers, sumOf } from './encoding.js'
import { categoriesOf } from './names.js'
import { described } from '../../registry/described.js'

const strategies = ['mean', 'median', 'mostFrequent', 'constant'] as const

/** The value that stands in most places, the least of equals. */
function mostFrequent<T extends number | string>(values: Iterable<T>): T | undefined {
  const counts = new Map<T, { readonly value: T; count: number }>()
  for (const value of values) {
    const known = counts.get(value)
    if (known === undefined) counts.set(value, { value, count: 1 })
    else known.count++
  }
  const [best] = [...counts.values()].toSorted((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
  return best?.value
}

function medianOf(values: Iterable<number>): number {
  const sorted = Float64Array.from(values).toSorted()
  const middle = sorted.length / 2
  return ((sorted[Math.ceil(middle) - 1] as number) + (sorted[Math.floor(middle)] as number)) / 2
}

const statistics = {
  mean: (values: Iterable<number>) => {
    const { sum, count } = sumOf(values)
    return sum / count
  },
  median: medianOf,
  mostFrequent: (values: Iterable<number>) => mostFrequent(values) as number,
}

function* presentTexts({ texts, places }: RawTexts): Generator<string> {
  for (const at of places) if (at >= 0) yield texts[at] as string
}

type Settings = { readonly by?: (typeof strategies)[number] | undefined; readonly value?: number | string | undefined }

function numberFor({ settings, raw, fail }: FitContext<Settings>): number {
  const { by = settings.value === undefined ? 'mean' : 'constant', value } = settings
  if (by === 'constant') return typeof value === 'number' ? value : fail(`expected a number as "value", got "${value}"`)
  const present: NumbersEncoding = { kind: 'numbers' }
  const { done } = seenNumbers(raw, present).next()
  return done === true
    ? fail('expected at least one value, all are missing')
    : statistics[by](seenNumbers(raw, present))
}

function textFor(context: FitContext<Settings>, raw: RawTexts): number {
  const { settings, fail } = context
  const { by = settings.value === undefined ? 'mostFrequent' : 'constant', value } = settings
  if (by === 'mean' || by === 'median') return fail(`expected "mostFrequent" or a "value" for text, got "${by}"`)
  const text = by === 'constant' ? String(value) : mostFrequent(presentTexts(raw))
  const { names = [] } = categoriesOf({ ...context, settings: {} })
  const at = names.indexOf(String(text))
  return at < 0 ? fail(`expected one of ${names.slice(0, 8).join(', ')} as "value", got "${text}"`) : at
}

function isTexts(raw: RawColumn): raw is RawTexts {
  return raw.kind === 'texts'
}

/** `"encoding": ["impute", "standardise"]`: the mean of numbers, the most frequent text, unless told otherwise. */
export const impute = encoding({
  about: 'a value in the place of a missing one: mean, median, mostFrequent, or a constant',
  settings: {
    by: described(z.optional(z.enum(strategies)), 'What takes the place of a missing value.'),
    value: described(z.optional(z.union([z.number(), z.string()])), 'The number or the text that takes its place.'),
  },
  contradiction: ({ by, value }) => {
    if ((by === 'constant') === (value !== undefined) || by === undefined) return undefined
    return by === 'constant' ? '"value" beside "by": "constant"' : 'no "value" beside another "by" than "constant"'
  },
  fit: (context) => {
    const { raw } = context
    return { ...context.encoding, missing: isTexts(raw) ? textFor(context, raw) : numberFor(context) }
  },
})
