/**
 * The history of a run so far, thinned to what a line of a terminal can show: the losses in stretches of equal length
 * over the whole run, so that the curve grows in step with the bar above it.
 */
import type { RunEvent } from '@isograd/core'
import { type Evaluation, judgedValueOf, type StartEvent, type StepsEvent } from '@isograd/core/compare'
import { type GradientProbe, gradientProbe } from '../documents/run-figures.js'

/** Stretches that a run is divided into. */
export const STRETCHES = 48

/** A run under way. */
export class RunHistory {
  readonly start: StartEvent
  /** Steps that are trained. */
  done = 0
  /** The epoch under way, from 1. */
  epoch = 1
  /** Of the last step; undefined before the first. */
  loss: number | undefined
  /** At the last probed step. */
  gradients: GradientProbe | undefined
  readonly #began: number
  readonly #sums: { sum: number; count: number }[]
  #metrics: number[] = []
  #first: number | undefined

  /** @param now milliseconds on the clock that `rate` is asked by. */
  constructor(start: StartEvent, now: number) {
    this.start = start
    this.#began = now
    this.#sums = Array.from({ length: STRETCHES }, () => ({ sum: 0, count: 0 }))
  }

  /** Takes in an event. */
  add(event: RunEvent): void {
    if (event.type === 'steps') this.#addSteps(event)
    if (event.type === 'probes') this.gradients = gradientProbe(event) ?? this.gradients
    if (event.type === 'epoch') this.#addEvaluation(event.evaluations[this.start.judgedOn])
    if (event.type === 'evaluation') this.#addEvaluation(event.evaluation)
  }

  /** Where the loss judges, its curve alone is drawn. */
  #addEvaluation(evaluation: Evaluation | undefined): void {
    if (evaluation === undefined || this.start.judgedBy === undefined) return
    this.#metrics.push(judgedValueOf(this.start, evaluation))
  }

  #addSteps({ first, losses, epoch }: StepsEvent): void {
    this.#first ??= first
    this.done = first + losses.length
    this.epoch = epoch + 1
    this.loss = losses.at(-1) ?? this.loss
    for (const [i, loss] of losses.entries()) {
      const stretch = this.#sums[Math.min(STRETCHES - 1, Math.floor(((first + i) * STRETCHES) / this.start.steps))]
      if (stretch === undefined) continue
      stretch.sum += loss
      stretch.count++
    }
  }

  get fraction(): number {
    return this.done / this.start.steps
  }

  /** Mean losses by stretch; undefined for those that are yet to come, or that another process trained. */
  get losses(): (number | undefined)[] {
    return this.#sums.map(({ sum, count }) => (count === 0 ? undefined : sum / count))
  }

  /** The figure that judges, in the order of the evaluations; the last ones where there are more than stretches. */
  get metrics(): readonly number[] {
    return this.#metrics.slice(-STRETCHES)
  }

  /** Steps a second since the run began here. */
  rate(now: number): number {
    return (1000 * (this.done - (this.#first ?? this.done))) / (now - this.#began)
  }

  /** Seconds that are left at this rate. */
  left(now: number): number {
    return (this.start.steps - this.done) / this.rate(now)
  }
}
