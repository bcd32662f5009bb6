/**
 * Along a line or a power of one: torch.optim.lr_scheduler.LinearLR and PolynomialLR, to which keras.optimizers.schedules
 * .PolynomialDecay adds the rate at the end.
 */
import * as z from 'zod/mini'
import { factor, positions, schedule } from './schedule.js'

/** `{ "type": "linear", "from": 0.1, "to": 1, "length": 5 }`: factors, by default over the whole training. */
export const linear = schedule({
  by: 'epoch',
  settings: { from: z._default(factor, 1 / 3), to: z._default(factor, 1), length: z.exactOptional(positions) },
  rate: ({ from, to, ...given }, { base, at, length }) => {
    const over = given.length ?? length
    return base * (from + ((to - from) * Math.min(at, over)) / over)
  },
})

/** minimum + (base - minimum) (1 - at / length)^power, `minimum` from then on. */
export const polynomial = schedule({
  by: 'step',
  settings: {
    power: z._default(z.number().check(z.positive()), 1),
    minimum: z._default(factor, 0),
    length: z.exactOptional(positions),
  },
  rate: ({ power, minimum, ...given }, { base, at, length }) => {
    const over = given.length ?? length
    return minimum + (base - minimum) * (1 - Math.min(at, over) / over) ** power
  },
})
