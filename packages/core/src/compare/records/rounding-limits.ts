/**
 * The limits that follow from the part of rounding in a training's first steps, where that was measured: of a sum that cancels,
 * a gradient that is zero but for rounding, an optimizer that makes whole steps of it. How far apart two sound runs
 * may be there, no fixed number says.
 */
import type { RoundingRecord, RunRecord } from '../../records/record.js'
import { toleranceTable } from '../tolerances.js'

/** Where rounding may be so much of a loss, runs are those of different models from there on. */
const DECORRELATED = 0.1

/** The limits of two records of one training. */
export class RoundingLimits {
  /** The measure of either record, since it is of the training and no backend's; undefined where nothing was measured. */
  readonly measured: RoundingRecord | undefined
  readonly #losses: readonly (readonly number[])[]
  readonly #factor: number

  /** @param factor multiples of the measured part of rounding that a difference may be. */
  constructor(a: RunRecord, b: RunRecord, factor: number = toleranceTable.run[a.precision]) {
    this.measured = a.rounding ?? b.rounding
    this.#losses = [a.losses, b.losses]
    this.#factor = factor
  }

  /** The difference that the norm of a gradient may have; 0 where it is not known. */
  ofGradient(layer: string, parameter: string): number {
    const found = this.measured?.gradients.find((each) => each.layer === layer && each.parameter === parameter)
    return found === undefined ? 0 : this.#times(found.value)
  }

  /**
   * The difference that the loss of a step may have; 0 where it is not known. One may be close by luck, so the step before counts; and
   * a unit whose gradient is rounding turns a step earlier in one training than in another, so after an update the next does:
   * a step of training, and an evaluation, which is all that follows the last.
   */
  ofLoss(step: number): number {
    const { losses = [], evaluations = [] } = this.measured ?? {}
    if (step === 0) return this.#times(Math.max(0, ...losses.slice(0, 1)))
    const evaluated = evaluations.filter(({ after }) => after === step + 1).map(({ value }) => value)
    return this.#times(Math.max(0, ...losses.slice(step - 1, step + 2), ...evaluated))
  }

  /** The distance by which rounding moved the loss of a step; 0 where it is not known. */
  movedLoss(step: number): number {
    return this.#factor === 0 ? 0 : this.ofLoss(step) / this.#factor
  }

  /** The distance by which rounding moved a loss that was evaluated; 0 where it is not known. */
  movedEvaluation(after: number, table: string): number {
    const found = this.measured?.evaluations?.find((each) => each.after === after && each.table === table)
    return this.#factor === 0 || found === undefined ? 0 : found.value
  }

  /** The difference that a loss that was evaluated may have; 0 where it is not known. */
  ofEvaluation(after: number, table: string): number {
    return this.#times(this.movedEvaluation(after, table))
  }

  /** The first step after an update whose loss rounding alone decides; undefined where there is none, or it is not known. */
  get decorrelatedAt(): number | undefined {
    return this.#decidedFrom(1)
  }

  /** The first step, of those from `first` on, whose loss rounding alone decides. */
  #decidedFrom(first: number): number | undefined {
    const at = (this.measured?.losses ?? []).findIndex((moved, step) => {
      const sizes = this.#losses.map((losses) => Math.abs(Number(losses[step]))).filter(Number.isFinite)
      return step >= first && sizes.length > 0 && this.#times(moved) > DECORRELATED * Math.max(...sizes)
    })
    return at < 0 ? undefined : at
  }

  /** The words where rounding alone decides a loss of so many steps or of the one behind them; undefined where it does not. */
  decisionText(steps: number): string | undefined {
    const { measured } = this
    const at = this.#decidedFrom(0)
    if (at !== undefined && at <= steps) return decorrelatedText(at)
    const isLost = measured?.evaluations?.some(({ after, value }) => after <= steps && !Number.isFinite(value))
    return isLost === true
      ? 'rounding alone leads an evaluation out of the finite numbers: a smaller learning rate would tell'
      : undefined
  }

  #times(moved: number): number {
    return moved === 0 || this.#factor === 0 ? 0 : this.#factor * moved
  }
}

/** A relative tolerance of numbers of a size, widened to a difference that they may have. */
export function widened(tolerance: number, difference: number, size: number): number {
  if (difference === 0 || !(size > 0)) return tolerance
  return Math.max(tolerance, difference === Number.POSITIVE_INFINITY ? difference : difference / size)
}

/** The reason that such runs are open, with what to do. */
export function decorrelatedText(step: number): string {
  return (
    `rounding alone decides the loss from step ${step + 1} on, so that later losses and finals tell nothing of the ` +
    'backends: isograd check --mode ops,step judges single steps, and --mode run --seeds 5 the finals'
  )
}

/** The reasons for which a gradient that is out of tolerance tells nothing, with what to do. */
const openGradients = {
  unmeasured:
    'gradients before the first update differ by no more than rounding may make beside larger ones, and how much it makes ' +
    'could not be measured, for want of the data or of time: isograd check EXPERIMENT --mode step decides',
  nonFinite:
    'a gradient before the first update is not finite, which tells nothing of the backends: smaller data or initial ' +
    'weights would tell',
} as const

/** A reason for which a gradient tells nothing. */
export type OpenGradient = keyof typeof openGradients

/** The first of such reasons in words; undefined where every gradient tells. */
export function openGradientText(gradients: readonly { readonly open?: OpenGradient }[]): string | undefined {
  const open = gradients.flatMap((each) => each.open ?? [])[0]
  return open && openGradients[open]
}
