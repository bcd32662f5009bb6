/** The learning rate times a factor, for a while or always: torch.optim.lr_scheduler.ConstantLR, whose factor is 1/3. */
import * as z from 'zod/mini'
import { factor, positions, schedule } from './schedule.js'

/** `{ "type": "constant", "factor": 0.1, "length": 5 }`; without `length`, always. */
export const constant = schedule({
  by: 'epoch',
  settings: { factor: z._default(factor, 1), length: z.exactOptional(positions) },
  rate: ({ factor: by, length = Number.POSITIVE_INFINITY }, { base, at }) => (at < length ? base * by : base),
})
