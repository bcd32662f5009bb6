/** Draws for generated experiments, all from one stream: the same seed gives the same experiment, always. */
import { RandomStream } from '../random/stream.js'

/** A source of draws. */
export class Draw {
  readonly #stream: RandomStream

  /** @param attempt from 0: another one is another stream of the same seed. */
  constructor(seed: number, attempt = 0) {
    this.#stream = new RandomStream(seed, 'selftest', attempt)
  }

  /** True with that probability. */
  chance(probability: number): boolean {
    return this.#stream.uniform() < probability
  }

  /** One of a list. @throws RangeError for an empty one. */
  pick<T>(list: readonly T[]): T {
    return list[this.#stream.below(list.length)] as T
  }

  /** A number, uniform on [low, high). */
  between(low: number, high: number): number {
    return low + (high - low) * this.#stream.uniform()
  }

  /** A number whose logarithm is uniform. @param low above 0. */
  logBetween(low: number, high: number): number {
    return Math.exp(this.between(Math.log(low), Math.log(high)))
  }

  /** A whole number from `low` to `high`, small ones more often: its logarithm is uniform. @param low 1 or more. */
  count(low: number, high: number): number {
    return Math.min(high, Math.floor(this.logBetween(low, high + 1)))
  }

  /** A whole number below a bound, each equally likely. */
  below(bound: number): number {
    return this.#stream.below(bound)
  }

  normal(): number {
    return this.#stream.normal()
  }

  /** A list of so many draws. */
  list<T>(length: number, one: () => T): T[] {
    return Array.from({ length }, one)
  }
}
