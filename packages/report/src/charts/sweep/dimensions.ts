/**
 * The settings in which trials of a sweep differ, as dimensions of charts: numbers on an axis, names in a row. Of many numbers a map takes
 * intervals, of many names the most frequent.
 */
import { grouped } from '@isograd/core/compare'
import { settingColumns, shortPaths } from '@isograd/core/sweep'
import type { SweepResult } from '../../documents/sweep-source.js'
import { unique } from '../../documents/fields.js'
import { extentOf, onAxis } from '../scale.js'

/** A value of a setting: a number, a name, or nothing where a condition leaves it out. */
export type SettingValue = number | string | undefined

/** A setting that results differ in. */
export interface Dimension {
  readonly name: string
  readonly scale: 'linear' | 'log' | 'names'
  /** The value of each result. */
  readonly values: readonly SettingValue[]
}

/** A short text of a value. */
export function valueText(value: SettingValue): string {
  if (value === undefined) return 'not set'
  return typeof value === 'number' ? String(Number(value.toPrecision(4))) : value
}

function valueOf(value: unknown): SettingValue {
  if (value === undefined || typeof value === 'number') return value
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** Numbers that span more than this go on a logarithmic axis. */
const WIDE = 30

function scaleOf(values: readonly SettingValue[]): Dimension['scale'] {
  const present = values.filter((value) => value !== undefined)
  const numbers = present.filter((value) => typeof value === 'number')
  if (numbers.length < present.length) return 'names'
  const [low, high] = extentOf(numbers, 'linear') ?? [0, 0]
  return low > 0 && high / low > WIDE ? 'log' : 'linear'
}

/** The dimensions of some results: every setting, or part of one, in which they differ. */
export function dimensionsOf(results: readonly SweepResult[]): Dimension[] {
  return settingColumns(results.map(({ settings }) => settings)).flatMap(({ path, of }) => {
    const values = results.map(({ settings }) => valueOf(of(settings)))
    return unique(values).length < 2 ? [] : [{ name: path, scale: scaleOf(values), values }]
  })
}

/** Results in words: what they differ in, and their arm. */
export function resultNames(results: readonly SweepResult[], dimensions: readonly Dimension[]): string[] {
  const names = shortPaths(dimensions.map(({ name }) => name))
  const arms = unique(results.map(({ arm }) => arm))
  return results.map(({ arm }, at) => {
    const told = dimensions.map(({ values }, i) => `${names[i]} ${valueText(values[at])}`)
    return [...told, ...(arms.length > 1 || told.length === 0 ? [arm] : [])].join(', ')
  })
}

/** Places of results on one side of a map. */
export interface Bins {
  readonly name: string
  readonly labels: readonly string[]
  /** The place of each result. */
  readonly at: readonly number[]
}

/** Values that have a place each, and intervals that more numbers are put in. */
const [MOST_VALUES, INTERVALS] = [12, 10]

function listed({ name, values }: Dimension, kept: readonly SettingValue[]): Bins {
  const places = new Map(kept.map((value, at) => [value, at]))
  const others = values.some((value) => !places.has(value))
  return {
    name,
    labels: [...kept.map(valueText), ...(others ? ['others'] : [])],
    at: values.map((value) => places.get(value) ?? kept.length),
  }
}

/** The most frequent first. */
function byCount(values: readonly SettingValue[]): SettingValue[] {
  const groups = grouped(values, (value) => [value]).toSorted((a, b) => b.length - a.length)
  return groups.map(([value]) => value)
}

/** Numbers upwards, then names as they come; nothing last. */
function inOrder(values: readonly SettingValue[]): SettingValue[] {
  const numbers = values.filter((value) => typeof value === 'number').toSorted((a, b) => a - b)
  const names = values.filter((value) => typeof value === 'string')
  return [...numbers, ...names, ...(values.includes(undefined) ? [undefined] : [])]
}

function intervals({ name, scale, values }: Dimension & { readonly scale: 'linear' | 'log' }): Bins {
  const numbers = values.filter((value) => typeof value === 'number')
  const [low, high] = extentOf(numbers, scale) ?? [0, 1]
  const ends = Array.from({ length: INTERVALS + 1 }, (_, i) => low + ((high - low) * i) / INTERVALS)
  const texts = ends.map((end) => String(Number((scale === 'log' ? 10 ** end : end).toPrecision(2))))
  const isLeftOut = values.includes(undefined)
  const placeOf = (value: SettingValue): number => {
    if (typeof value !== 'number') return INTERVALS
    const share = (onAxis({ scale }, value) - low) / (high - low)
    return Math.min(INTERVALS - 1, Math.max(0, Math.floor(share * INTERVALS)))
  }
  const labels = texts.slice(0, INTERVALS).map((end) => `\u2265${end}`)
  return { name, labels: [...labels, ...(isLeftOut ? [valueText(undefined)] : [])], at: values.map(placeOf) }
}

/** Places on a side of a map: one a value, or intervals of numbers. */
export function binsOf(dimension: Dimension): Bins {
  const { scale, values } = dimension
  const different = unique(values)
  if (different.length <= MOST_VALUES) return listed(dimension, inOrder(different))
  if (scale !== 'names') return intervals({ ...dimension, scale })
  return listed(dimension, byCount(values).slice(0, MOST_VALUES))
}

/** The share of the variance of some figures that the places on a side explain; those that are not finite are left out. */
export function explainedBy({ at }: Bins, figures: readonly number[]): number {
  const kept = figures.flatMap((figure, i) => (Number.isFinite(figure) ? [{ figure, place: Number(at[i]) }] : []))
  const mean = kept.reduce((sum, { figure }) => sum + figure, 0) / kept.length
  const sums = new Map<number, [count: number, sum: number]>()
  for (const { figure, place } of kept) {
    const [count, sum] = sums.get(place) ?? [0, 0]
    sums.set(place, [count + 1, sum + figure])
  }
  const between = [...sums.values()].reduce((total, [count, sum]) => total + count * (sum / count - mean) ** 2, 0)
  const total = kept.reduce((sum, { figure }) => sum + (figure - mean) ** 2, 0)
  return total === 0 ? 0 : between / total
}
