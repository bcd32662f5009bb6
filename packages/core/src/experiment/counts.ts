/** Schemas of counts in experiments. */
import * as z from 'zod/mini'

/** A whole number from 1 up to a bound that no honest experiment reaches. */
export const count = z.int().check(z.gte(1), z.lte(1_000_000_000))
