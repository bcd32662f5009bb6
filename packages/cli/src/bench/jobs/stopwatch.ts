/** The timing of steps, the same for backends, floors and peers: warmed up first, then timed until it is enough. */
import type { Effort } from '../document.js'
import { peakMemory } from './peak-memory.js'

/** The result of timing steps, of a floor without what only a training has. */
export interface StepTiming {
  /** Seconds of a step: the mean over the steps timed. */
  readonly stepSeconds: number
  readonly steps: number
}

/** The result of timing a training. */
export interface TrainTiming extends StepTiming {
  /** From the start of the process to the end of the first step. */
  readonly firstStepSeconds: number
  /** Absent where the system does not tell. */
  readonly peakBytes?: number
  /** Of a peer: which of the forms that its framework has was timed. */
  readonly form?: string
}

/** Takes in pieces of work as they end, tells when there were enough, and what a step took. */
export class Stopwatch {
  readonly #effort: Effort
  #firstStepSeconds: number | undefined
  #warm = 0
  #steps = 0
  #seconds = 0

  constructor(effort: Effort) {
    this.#effort = effort
  }

  /** Adds some steps; the first piece always belongs to the warm-up, since it compiles. Returns whether that was enough. */
  add(steps: number, seconds: number): boolean {
    this.#firstStepSeconds ??= performance.now() / 1000
    if (this.#warm === 0 || this.#warm < this.#effort.warmSeconds) {
      this.#warm += Math.max(seconds, Number.MIN_VALUE)
      return false
    }
    this.#steps += steps
    this.#seconds += seconds
    const { steps: wanted, seconds: longest } = this.#effort
    return wanted === undefined ? this.#seconds >= longest : this.#steps >= wanted
  }

  /** NaN seconds of no steps. */
  get timing(): StepTiming {
    return { stepSeconds: this.#seconds / this.#steps, steps: this.#steps }
  }

  /** The timing of the training that this process did. */
  get trainTiming(): TrainTiming {
    const firstStepSeconds = this.#firstStepSeconds
    if (firstStepSeconds === undefined) throw new Error('internal: a training without a step')
    return { ...this.timing, firstStepSeconds, peakBytes: peakMemory() }
  }
}
