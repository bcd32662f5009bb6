/**
 * One cycle up to the learning rate of the experiment and down again, as torch.optim.lr_scheduler.OneCycleLR with
 * cycle_momentum=False: from base / divideBy up to base, down to base / divideBy / finalDivideBy. In three phases the way
 * down goes through base / divideBy. Smith and Topin, arXiv 1708.07120 (2017).
 */
import * as z from 'zod/mini'
import { positions, schedule } from './schedule.js'

const divisor = z.number().check(z.gte(1))

const anneal = {
  cosine: (from: number, to: number, share: number) => to + ((from - to) / 2) * (1 + Math.cos(Math.PI * share)),
  linear: (from: number, to: number, share: number) => from + (to - from) * share,
} as const

/** `{ "type": "oneCycle" }`: `riseShare` is PyTorch's pct_start; `length`, by default the whole training, total_steps. */
export const oneCycle = schedule({
  by: 'step',
  settings: {
    length: z.exactOptional(positions),
    riseShare: z._default(z.number().check(z.gt(0), z.lt(1)), 0.3),
    divideBy: z._default(divisor, 25),
    finalDivideBy: z._default(divisor, 1e4),
    anneal: z._default(z.enum(['cosine', 'linear']), 'cosine'),
    threePhase: z._default(z.boolean(), false),
  },
  rate: (settings, { base, at, length }) => {
    const { riseShare, divideBy, finalDivideBy, threePhase } = settings
    const last = (settings.length ?? length) - 1
    const [low, top] = [base / divideBy, riseShare * (last + 1) - 1]
    const rise = { start: 0, end: top, from: low, to: base }
    const back = { start: top, end: 2 * top, from: base, to: low }
    const middle = threePhase ? back : rise
    const fall = { start: middle.end, end: last, from: middle.to, to: low / finalDivideBy }
    const { start, end, from, to } = [rise, middle].find((phase) => at <= phase.end) ?? fall
    return at >= end ? to : anneal[settings.anneal](from, to, (at - start) / (end - start))
  },
})
