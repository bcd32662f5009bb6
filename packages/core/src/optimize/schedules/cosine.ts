/**
 * Along half a cosine: minimum + (base - minimum) (1 + cos(pi at / length)) / 2. Beyond `length` it rises again, as
 * torch.optim.lr_scheduler.CosineAnnealingLR does; with restarts it jumps back, as CosineAnnealingWarmRestarts.
 * Loshchilov and Hutter, ICLR 2017.
 */
import * as z from 'zod/mini'
import { factor, positions, schedule } from './schedule.js'

function annealed(base: number, minimum: number, share: number): number {
  return minimum + ((base - minimum) * (1 + Math.cos(Math.PI * share))) / 2
}

/** `{ "type": "cosine" }`: `length` is PyTorch's T_max, by default the whole training; `minimum` its eta_min. */
export const cosine = schedule({
  by: 'step',
  settings: { length: z.exactOptional(positions), minimum: z._default(factor, 0) },
  rate: ({ minimum, ...given }, { base, at, length }) => annealed(base, minimum, at / (given.length ?? length)),
})

/** `{ "type": "cosineRestarts", "length": 10, "multiply": 2 }`: PyTorch's T_0 and T_mult. */
export const cosineRestarts = schedule({
  by: 'step',
  settings: { length: positions, multiply: z._default(positions, 1), minimum: z._default(factor, 0) },
  rate: ({ length, multiply, minimum }, { base, at }) => {
    let [start, period] = [multiply === 1 ? at - (at % length) : 0, length]
    while (at - start >= period) {
      start += period
      period *= multiply
    }
    return annealed(base, minimum, (at - start) / period)
  },
})
