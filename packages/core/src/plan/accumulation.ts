/**
 * Batches by update: usually one, with `accumulate` so many, whose gradients are averaged over all their rows. Updates
 * never reach across an epoch: batches that are left at its end make one of their own, a mean over fewer rows.
 */
import { type BatchPlan, stepsPerEpoch } from '../data/batching.js'
import type { ArmSpec } from '../experiment/arm.js'

/** True where an update takes several batches. */
export function accumulates({ accumulate = 1 }: Pick<ArmSpec, 'accumulate'>): boolean {
  return accumulate > 1
}

/** The updates that batches make. Steps and updates are counted from 0 over the whole training. */
export class Accumulation {
  readonly #batches: BatchPlan
  readonly #perEpoch: number
  /** Batches of an update. */
  readonly every: number

  constructor(batches: BatchPlan, every = 1) {
    this.#batches = batches
    this.#perEpoch = stepsPerEpoch(batches)
    this.every = every
  }

  /** Updates of an epoch. */
  get updatesPerEpoch(): number {
    return Math.ceil(this.#perEpoch / this.every)
  }

  /** The update that a step belongs to. */
  updateOf(step: number): number {
    const epoch = Math.floor(step / this.#perEpoch)
    return epoch * this.updatesPerEpoch + Math.floor((step % this.#perEpoch) / this.every)
  }

  /** True for the step that ends an update's batches. */
  isUpdate(step: number): boolean {
    return this.updateOf(step) !== this.updateOf(step + 1)
  }

  /** The first step of the update that a step belongs to. */
  firstOf(step: number): number {
    const inEpoch = step % this.#perEpoch
    return step - (inEpoch % this.every)
  }

  /** The share of a step's rows among those of its update. */
  shareOf(step: number): number {
    const first = this.firstOf(step) % this.#perEpoch
    const last = Math.min(first + this.every, this.#perEpoch)
    const rows = Array.from({ length: last - first }, (_, i) => this.#rowsOf(first + i))
    return this.#rowsOf(step % this.#perEpoch) / rows.reduce((sum, count) => sum + count)
  }

  #rowsOf(batch: number): number {
    const { samples, batchSize } = this.#batches
    return Math.min(batchSize, samples - batch * batchSize)
  }
}
