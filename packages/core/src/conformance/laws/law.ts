/** Laws: what every record of an extension must hold to, each with the check that finds a breach of it. */
import type { Registry } from '../../registry/registry.js'
import type { Spec } from '../../registry/settings.js'

/** One law of one record. */
export interface Law {
  /** A few words: `value`, `gradient`, `state`. */
  readonly law: string
  /** Gives what is wrong, naming the tensor or state; undefined where the law holds. What it throws is a breach, too. */
  readonly check: () => Promise<string | undefined> | string | undefined
}

/** A record with complete settings, and the registry that its settings may name records of. */
export interface Subject<R> {
  readonly record: R
  readonly spec: Spec
  readonly registry: Registry
}

/** The first that is wrong, or nothing. */
export function firstBreach(breaches: Iterable<string | undefined>): string | undefined {
  for (const breach of breaches) if (breach !== undefined) return breach
  return undefined
}

/** The position of the first number that is infinite or NaN; -1 where there is none. */
export function firstNotFinite(data: ArrayLike<number>): number {
  return Array.from(data).findIndex((value) => !Number.isFinite(value))
}

/** True when two numbers are the same but for a few roundings; NaN is the same as NaN, an infinity as itself. */
export function isNear(a: number, b: number, tolerance: number): boolean {
  return Object.is(a, b) || a === b || Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(a), Math.abs(b))
}
