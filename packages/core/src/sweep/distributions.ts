/**
 * Distributions that a random search draws settings from. Each makes its value of one uniform number, so that the other
 * settings of a draw do not depend on it. Numbers keep twelve digits: the last bits of exp and log are the engine's own.
 */
import * as z from 'zod/mini'

/** A distribution. @template S its settings as a file has them */
export interface Distribution<S> {
  readonly settings: z.ZodMiniType<S>
  /** The value at u, uniform on [0, 1). */
  readonly at: (settings: S, u: number) => unknown
}

const DIGITS = 12

type Range = readonly [number, number]

/** Rounded, and within. */
function rounded(value: number, [least, most]: Range): number {
  return Math.min(most, Math.max(least, Number(value.toPrecision(DIGITS))))
}

function range(end: z.ZodMiniNumber): z.ZodMiniType<Range> {
  return z
    .tuple([end, end])
    .check(z.refine(([least, most]) => least < most, 'a range [least, most] whose first number is the smaller'))
}

function distribution<S>(settings: z.ZodMiniType<S>, at: Distribution<S>['at']): Distribution<S> {
  return { settings, at }
}

/** Distributions by the name that a file has. */
export const distributions = {
  uniform: distribution(range(z.number()), (ends, u) => {
    const [least, most] = ends
    return rounded(least + u * (most - least), ends)
  }),
  logUniform: distribution(range(z.number().check(z.positive())), (ends, u) => {
    const [least, most] = ends.map(Math.log) as [number, number]
    return rounded(Math.exp(least + u * (most - least)), ends)
  }),
  /** Whole numbers, both ends included. */
  integer: distribution(range(z.int()), ([least, most], u) => least + Math.floor(u * (most - least + 1))),
  choice: distribution(
    z.array(z.unknown()).check(z.minLength(1)),
    (values, u) => values[Math.floor(u * values.length)],
  ),
} as const

/** Name of a distribution. */
export type DistributionName = keyof typeof distributions

/** Names of all distributions. */
export const distributionNames = Object.keys(distributions) as DistributionName[]
