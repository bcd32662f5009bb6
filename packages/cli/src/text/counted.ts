/** The words on work that is counted: how far it is, at which rate, and the time that is left at that rate. */
import { formatClock, formatCount, formatRate } from './numbers.js'

/** Work of which parts are done one after the other. */
export class Counted {
  readonly #total: number
  readonly #now: () => number
  readonly #began: number

  /** @param now milliseconds, from a clock. */
  constructor(total: number, now: () => number = () => performance.now()) {
    this.#total = total
    this.#now = now
    this.#began = now()
  }

  /** `12 of 300, 3.40/s, 1:25 left` while the next part is under way. @param done parts that are done, in fractions too. */
  at(done: number): string {
    const at = `${formatCount(Math.min(this.#total, Math.floor(done) + 1))} of ${formatCount(this.#total)}`
    const rate = done / ((this.#now() - this.#began) / 1000)
    // The first parts load what all need, and say little of the others.
    if (done < 1 || !Number.isFinite(rate)) return at
    return `${at}, ${formatRate(rate)}/s, ${formatClock((this.#total - done) / rate)} left`
  }
}
