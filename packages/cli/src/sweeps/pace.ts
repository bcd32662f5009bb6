/**
 * The rate of a sweep, by the time that its last trials took. One that takes longer than they did counts with the time that it
 * has taken so far: it is likely to take as long again, and where it hangs it is no hope for the others.
 */
import type { SeenClaim } from '@isograd/core/node'

/** The part of the last trials that says how long one takes. */
const RECENT = 200

/** A trial that is being trained, and the seconds that its process has been at work. */
type Running = Pick<SeenClaim, 'name' | 'age'>

/** The pace of trials. */
export class Pace {
  readonly #seconds: number[] = []
  /** The moments at which claims were first seen. */
  readonly #since = new Map<string, number>()

  /** A trial took so long. */
  took(seconds: number): void {
    if (this.#seconds.push(seconds) > RECENT) this.#seconds.shift()
  }

  get #mean(): number {
    return this.#seconds.reduce((sum, each) => sum + each, 0) / this.#seconds.length
  }

  /** Trials a second of so many that run elsewhere, of which nothing else is known; NaN before one is done. */
  perSecondOf(count: number): number {
    return count / this.#mean
  }

  /**
   * Trials a second, NaN before one is done. @param silence seconds since any result has come: what runs has run as long, unless
   * its process is younger. @param now in milliseconds.
   */
  perSecond(running: readonly Running[], silence: number, now: number = performance.now()): number {
    const names = new Set(running.map(({ name }) => name))
    for (const name of this.#since.keys()) if (!names.has(name)) this.#since.delete(name)
    const mean = this.#mean
    return running.reduce((sum, { name, age }) => {
      const since = this.#since.get(name) ?? now
      this.#since.set(name, since)
      return sum + 1 / Math.max(mean, (now - since) / 1000, Math.min(silence, age))
    }, 0)
  }
}
