/** The order of the data: which rows go into which step. The same on every backend, because no backend is asked. */
import { InputError } from '../errors.js'
import { RandomStream } from '../random/stream.js'
import { type Tensor, tensor } from '../tensor.js'

/** The cut of an epoch into batches. */
export interface BatchPlan {
  readonly samples: number
  readonly batchSize: number
  readonly lastBatch: 'keep' | 'drop'
}

/** Steps of one epoch: a partial last batch counts when it is kept. */
export function stepsPerEpoch({ samples, batchSize, lastBatch }: BatchPlan): number {
  return lastBatch === 'keep' ? Math.ceil(samples / batchSize) : Math.floor(samples / batchSize)
}

/** Steps of one epoch that have a whole batch. */
export function wholeBatches({ samples, batchSize }: BatchPlan): number {
  return Math.floor(samples / batchSize)
}

/** The shuffled rows of an epoch: a stream of its own for each (seed, epoch). */
export function epochOrder(seed: number, epoch: number, samples: number): Int32Array {
  return new RandomStream(seed, 'shuffle', epoch).permutation(samples)
}

/**
 * Row numbers of steps `first` .. `first + count - 1` of an epoch, [count, batch].
 * All of them must be whole batches, or the one partial batch alone.
 */
export function batchRows(order: Int32Array, { samples, batchSize }: BatchPlan, first: number, count: number): Tensor {
  const start = first * batchSize
  const stop = Math.min(start + count * batchSize, samples)
  return tensor('int32', [count, (stop - start) / count], order.slice(start, stop))
}

/** The batches of so many samples. @throws InputError where no step would be trained. */
export function planBatches({ batchSize, lastBatch }: Omit<BatchPlan, 'samples'>, samples: number): BatchPlan {
  const plan: BatchPlan = { samples, batchSize, lastBatch }
  if (stepsPerEpoch(plan) > 0) return plan
  throw new InputError(
    'core',
    `batchSize: ${batchSize} is more than the ${samples} training samples and the last batch is dropped: no step would be trained`,
  )
}
