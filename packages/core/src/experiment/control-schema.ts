/** Schemas of what ends a training before its last epoch, and of what is kept of it. */
import * as z from 'zod/mini'
import { count } from './counts.js'

/** `{ "patience": 5 }`; `monitor` is `TABLE/KEY`: `validation/loss` where samples are held back, or else `train/loss`. */
export const earlyStoppingSchema = z.strictObject({
  /** The figure that is watched, as `TABLE/KEY`. */
  monitor: z.exactOptional(z.string()),
  /** Epochs in a row without anything better. */
  patience: count,
  /** The least change that counts as better. */
  minChange: z._default(z.number().check(z.nonnegative()), 0),
  /** True: the weights of the epoch with the best figure count, not the last. */
  restoreBest: z._default(z.boolean(), false),
})

/** Early stopping with its settings. */
export type EarlyStoppingSpec = z.output<typeof earlyStoppingSchema>

/** The weights that are kept: of the best epoch where one is chosen, of the last, or both. */
export const keepSchema = z.enum(['best', 'last', 'both'])
