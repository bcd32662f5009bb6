/** The numbers among the settings of an arm, by their paths. */
import type { ArmSpec } from '../../experiment/arm.js'
import { formatPath } from '../../experiment/problems.js'

type Path = readonly (string | number)[]

/** A number and its place. */
export interface ArmNumber {
  readonly path: Path
  readonly name: string
  readonly value: number
}

/** Every number below a value; whole numbers over 1 are counts and sizes, and left out. */
export function numbersOf(value: unknown, path: Path): ArmNumber[] {
  if (typeof value === 'number') {
    return Number.isInteger(value) && value > 1 ? [] : [{ path, name: formatPath([...path]), value }]
  }
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, each]) =>
    numbersOf(each, [...path, Array.isArray(value) ? Number(key) : key]),
  )
}

function replacedAt(value: unknown, [key, ...rest]: Path, other: number): unknown {
  if (key === undefined) return other
  if (Array.isArray(value)) return value.map((each: unknown, i) => (i === key ? replacedAt(each, rest, other) : each))
  const members = value as Readonly<Record<string, unknown>>
  return { ...members, [key]: replacedAt(members[key], rest, other) }
}

/** The arm with another number in a place. */
export function withValue(arm: ArmSpec, path: Path, other: number): ArmSpec {
  return replacedAt(arm, path, other) as ArmSpec
}
