/**
 * The history of a run so far, thinned to what a line of a terminal can show: the losses in stretches of equal length
 * over the whole run, so that the curve grows in step with the bar above it.
 */
import type { GradientsEvent, RunEvent, StartEvent } from '@isograd/core'
import { metricOf } from '../documents/run-figures.js'

/** Stretches that a run is divided into. */
export const STRETCHES = 48

interface Mean {
  readonly sum: number
  readonly count: number
}

/** A run under way. */
export class RunHistory {
  readonly start: StartEvent
  readonly #began: number
  readonly #losses: (Mean | undefined)[] = Array.from({ length: STRETCHES })
  readonly #metrics: number[] = []
  #first: number | undefined
  #done = 0
  #epoch = 0
  #loss = Number.NaN
  #gradients: GradientsEvent | undefined

  /** @param now milliseconds on the clock that `rate` is asked by. */
  constructor(start: StartEvent, now: number) {
    this.start = start
    this.#began = now
  }

  /** Takes in an event. */
  add(event: RunEvent): void {
    if (event.type === 'steps') this.#addSteps(event.first, event.losses, event.epoch)
    if (event.type === 'gradients') this.#gradients = event
    if (event.type === 'epoch' || event.type === 'evaluation') this.#metrics.push(metricOf(event.test))
  }

  #addSteps(first: number, losses: readonly number[], epoch: number): void {
    this.#first ??= first
    this.#done = first + losses.length
    this.#epoch = epoch
    for (const [i, loss] of losses.entries()) {
      this.#loss = loss
      const at = Math.min(STRETCHES - 1, Math.floor(((first + i) * STRETCHES) / this.start.steps))
      const { sum, count } = this.#losses[at] ?? { sum: 0, count: 0 }
      this.#losses[at] = { sum: sum + loss, count: count + 1 }
    }
  }

  /** Steps that are trained. */
  get done(): number {
    return this.#done
  }

  /** From 1. */
  get epoch(): number {
    return this.#epoch + 1
  }

  get fraction(): number {
    return this.#done / this.start.steps
  }

  /** Of the last step. */
  get loss(): number {
    return this.#loss
  }

  /** Mean losses by stretch; undefined for those that are yet to come, or that another process trained. */
  get losses(): (number | undefined)[] {
    return this.#losses.map((mean) => mean && mean.sum / mean.count)
  }

  /** On the test set, in the order of the evaluations; the last ones where there are more than stretches. */
  get metrics(): readonly number[] {
    return this.#metrics.slice(-STRETCHES)
  }

  /** At the last probed step. */
  get gradients(): GradientsEvent | undefined {
    return this.#gradients
  }

  /** Steps a second since the run began here; NaN before the first. */
  rate(now: number): number {
    return this.#first === undefined ? Number.NaN : (1000 * (this.#done - this.#first)) / (now - this.#began)
  }

  /** Seconds that are left at this rate. */
  left(now: number): number {
    return (this.start.steps - this.#done) / this.rate(now)
  }
}
