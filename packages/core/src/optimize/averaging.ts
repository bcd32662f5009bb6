/**
 * Averages of weights over the steps of a training, with which a model is evaluated while the training goes on with the
 * weights themselves. After the update of step t:
 *
 *   average <- average + share (p - average),  and p itself where the share is 1
 *
 * Until `start` updates are done the average follows the weights. From then on one of every `every` updates is averaged; the
 * first of them has the share 1, the others what the record says.
 */
import * as z from 'zod/mini'
import { type NamedRecord, recordOf, type SettingsOf, type Shape, type Spec, type Table } from '../registry/settings.js'

/** A kind of average. */
export interface AveragingRecord<S extends Shape = Shape> extends NamedRecord<S> {
  /** Share of the n-th averaged weights in the average, n = 2, 3, ...; absent: the optimizer itself keeps the average. */
  share?(settings: SettingsOf<S>, n: number): number
}

function averaging<S extends Shape>(record: AveragingRecord<S>): AveragingRecord<S> {
  return record
}

const when = {
  start: z._default(z.int().check(z.gte(0)), 0),
  every: z._default(z.int().check(z.gte(1)), 1),
}

/** average <- decay average + (1 - decay) p: torch.optim.swa_utils.get_ema_multi_avg_fn, and Keras's use_ema. */
const ema = averaging({
  settings: { decay: z._default(z.number().check(z.gte(0), z.lt(1)), 0.999), ...when },
  share: ({ decay }) => 1 - decay,
})

/** The mean of all weights since `start`: torch.optim.swa_utils.AveragedModel as it is. Izmailov et al., UAI 2018. */
const mean = averaging({ settings: when, share: (_, n) => 1 / n })

/** The average that the optimizer keeps in its own state, as ASGD does. */
const own = averaging({})

/** Every kind of average that an experiment can name. */
export const averages = { ema, mean, own } satisfies Table<AveragingRecord>

/** The kind of average that a spec names. @throws InputError naming the nearest. */
export function averagingOf(spec: Spec): AveragingRecord {
  return recordOf<AveragingRecord>(averages, spec, 'averaging')
}

/** The largest share that any weights but the first have in their average, as averages only grow longer; NaN for `own`. */
export function largestShare(spec: Spec): number {
  return Number(averagingOf(spec).share?.(spec, 2))
}

/** The share of the weights after update t = 1, 2, ... in their average, in float64; 0 where they are left out. */
export function shareAt(spec: Spec, t: number): number {
  const [start, every] = [Number(spec['start']), Number(spec['every'])]
  const since = t - start - 1
  if (since <= 0) return 1
  return since % every === 0 ? Number(averagingOf(spec).share?.(spec, since / every + 1)) : 0
}
