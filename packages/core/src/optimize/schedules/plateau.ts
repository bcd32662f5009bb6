/**
 * Falls by a factor when more than `patience` epochs in a row brought nothing better, as
 * torch.optim.lr_scheduler.ReduceLROnPlateau with its defaults. Its memory: the best value so far (NaN: none), epochs
 * without a better one, epochs of rest that are left after a fall, and falls.
 */
import * as z from 'zod/mini'
import { factor, type Memory, schedule } from './schedule.js'
import { described } from '../../registry/described.js'

const epochs = z.int().check(z.gte(0), z.lte(1_000_000))

/** The sign that makes a larger value better. */
const signs = { larger: 1, smaller: -1 } as const

interface Threshold {
  readonly threshold: number
  readonly thresholdMode: 'relative' | 'absolute'
}

function isNewBest(value: number, best: number, { threshold, thresholdMode }: Threshold, sign: number): boolean {
  if (Number.isNaN(best)) return sign * value > Number.NEGATIVE_INFINITY
  const bound = thresholdMode === 'relative' ? best * (1 + sign * threshold) : best + sign * threshold
  return sign * value > sign * bound
}

/** `{ "type": "plateau", "patience": 10, "factor": 0.1 }`; `monitor` is `TABLE/KEY`, such as `validation/loss`. */
export const plateau = schedule({
  by: 'epoch',
  settings: {
    factor: z._default(z.number().check(z.gt(0), z.lt(1)), 0.1),
    patience: z._default(epochs, 10),
    threshold: described(z._default(factor, 1e-4), 'Least change that counts as better.'),
    thresholdMode: z._default(z.enum(['relative', 'absolute']), 'relative'),
    cooldown: z._default(epochs, 0),
    minimum: z._default(factor, 0),
    /** A fall by less than this is none. */
    epsilon: described(z._default(factor, 1e-8), 'Least change of the learning rate that is made.'),
  },
  rate: ({ factor: by, minimum, epsilon }, { base, memory }) => {
    let rate = base
    for (let fall = 0; fall < Number(memory['falls']); fall++) {
      const lower = Math.max(rate * by, minimum)
      if (rate - lower > epsilon) rate = lower
    }
    return rate
  },
  memory: {
    initial: { best: Number.NaN, bad: 0, rest: 0, falls: 0 },
    learn: (settings, memory, value, better): Memory => {
      const { patience, cooldown } = settings
      const [best, rest, falls] = [memory['best'], memory['rest'], memory['falls']].map(Number) as [
        number,
        number,
        number,
      ]
      const isNew = isNewBest(value, best, settings, signs[better])
      const bad = isNew || rest > 0 ? 0 : Number(memory['bad']) + 1
      const next = { best: isNew ? value : best, bad, rest: Math.max(0, rest - 1), falls }
      return bad > patience ? { ...next, bad: 0, rest: cooldown, falls: falls + 1 } : next
    },
  },
})
