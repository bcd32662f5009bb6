/** The part that layers which drop something in training have in common: the rate, and what is kept times its factor. */
import * as z from 'zod/mini'
import type { Value } from '../../ir/builder.js'
import { drawnRate } from '../../random/mask.js'
import type { EmitContext } from './layer.js'

/** The rates nearest to 0 and to 1 that a mask can have. */
const LEAST = 2 ** -32

/** The setting of all layers that drop something. */
export const dropped = { rate: z._default(z.number().check(z.gte(0), z.lt(1)), 0.5) }

/** Settings that hold it. */
export interface Dropped {
  readonly rate: number
}

/** The text of what is expected of a rate that no mask has. */
export function rateContradiction({ rate }: Dropped): string | undefined {
  return rate === 0 || (rate >= LEAST && rate <= 1 - LEAST) ? undefined : '"rate" to be 0 or from 2^-32 to 1 - 2^-32'
}

/** The factor on what is kept, of the rate that masks have. */
export type Scale = (rate: number) => number

/** The factor that keeps the mean. */
export const inverted: Scale = (rate) => 1 / (1 - rate)

/** The factor on x in training, of the mask's shape: 0, or the factor on what is kept. */
export function keptShare({ b, x, mask }: EmitContext, name: string, rate: number, scale = inverted): Value {
  const { dtype } = x.type
  return b.mul(b.cast(mask(name), dtype), b.constant(scale(drawnRate(rate)), dtype))
}
