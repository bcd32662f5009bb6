/** Schemas of the numbers that optimizers take, shared by their settings. */
import * as z from 'zod/mini'

/** A learning rate: positive. */
export const positive = z.number().check(z.positive())

/** A small constant such as epsilon: zero or more. */
export const nonNegative = z.number().check(z.nonnegative())

/** A decay rate in [0, 1). */
export const decay = z.number().check(z.gte(0), z.lt(1))

/** A share in [0, 1]. */
export const share = z.number().check(z.gte(0), z.lte(1))
