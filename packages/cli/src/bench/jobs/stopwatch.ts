/** How steps are timed, the same way for backends, floors and peers: warmed up first, then timed until it is enough. */
import type { Effort } from './job.js'

/** Takes in pieces of work as they end, tells when there were enough, and what a step took. */
export class Stopwatch {
  readonly #effort: Effort
  #warm = 0
  #steps = 0
  #seconds = 0

  constructor(effort: Effort) {
    this.#effort = effort
  }

  /** Adds some steps; the first piece always belongs to the warm-up, since it compiles. Returns whether that was enough. */
  add(steps: number, seconds: number): boolean {
    if (this.#warm === 0 || this.#warm < this.#effort.warmSeconds) {
      this.#warm += Math.max(seconds, Number.MIN_VALUE)
      return false
    }
    this.#steps += steps
    this.#seconds += seconds
    const { steps: wanted, seconds: longest } = this.#effort
    return wanted === undefined ? this.#seconds >= longest : this.#steps >= wanted
  }

  get steps(): number {
    return this.#steps
  }

  /** Mean seconds of the steps timed; NaN of none. */
  get stepSeconds(): number {
    return this.#seconds / this.#steps
  }
}
