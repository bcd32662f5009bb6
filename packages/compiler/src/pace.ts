/**
 * The pace of a program: how many steps compiled code runs before the event loop has its turn, and on how many threads. All
 * threads are used where that has been measured to be faster than one, which is tried again now and then: on a busy machine
 * threads wait for each other.
 */

/** Milliseconds for which compiled code may hold the thread. */
const LONGEST_HOLD = 50

/** Milliseconds of a step below which threads would only wait for each other. */
const LEAST_STEP = 0.1

/** Milliseconds of a trial, and what lies between trials at least and at most: trials that are lost get rarer. */
const [TRIAL, SOONEST, LATEST] = [5, 200, 10_000]

/** Threads have to be faster by so much: what is measured on a busy machine differs from slice to slice. */
const CLEARLY = 0.9

/** Some steps that are run at once. */
export interface Slice {
  readonly steps: number
  readonly threads: number
}

interface Choice {
  readonly threads: number
  /** Milliseconds that it may take. */
  readonly hold: number
}

/** Measures slices, and chooses the next. */
export class Pace {
  readonly #most: number
  /** Milliseconds of a step, as far as is known, by the threads. */
  readonly #known = new Map<number, number>()
  /** Milliseconds since the other number of threads was tried. */
  #since = 0
  #between = SOONEST
  /** The first step of all, which finds no cache filled, is not counted. */
  #isCold = true

  /** @param most threads that there are. */
  constructor(most: number) {
    this.#most = most
  }

  /** The next slice of so many steps that are left. */
  next(left: number): Slice {
    const { threads, hold } = this.#choice()
    const pace = this.#known.get(threads) ?? this.#known.get(1)
    const steps = pace === undefined ? 1 : Math.max(1, Math.floor(hold / pace))
    return { steps: Math.min(left, steps), threads }
  }

  #choice(): Choice {
    const [alone, shared] = [this.#known.get(1), this.#known.get(this.#most)]
    if (alone === undefined || this.#most === 1) return { threads: 1, hold: LONGEST_HOLD }
    if (this.#isCold) return { threads: 1, hold: TRIAL }
    if (alone < LEAST_STEP) return { threads: 1, hold: LONGEST_HOLD }
    if (shared === undefined) return { threads: this.#most, hold: TRIAL }
    const best = this.#best()
    const other = best === 1 ? this.#most : 1
    return this.#isTrial() ? { threads: other, hold: TRIAL } : { threads: best, hold: LONGEST_HOLD }
  }

  /** The number of threads that was the faster one. */
  #best(): number {
    const [alone, shared] = [this.#known.get(1), this.#known.get(this.#most)]
    return alone !== undefined && shared !== undefined && shared < CLEARLY * alone ? this.#most : 1
  }

  #isTrial(): boolean {
    return this.#since > this.#between
  }

  /** Remembers how long a slice took. */
  took({ steps, threads }: Slice, milliseconds: number): void {
    const pace = Math.max(1e-4, milliseconds / steps)
    const [best, isTrial] = [this.#best(), this.#isTrial()]
    const before = this.#isCold ? undefined : this.#known.get(threads)
    this.#isCold &&= !this.#known.has(threads)
    this.#known.set(threads, before === undefined || isTrial ? pace : (before + pace) / 2)
    this.#since = isTrial ? 0 : this.#since + milliseconds
    const isLost = isTrial ? this.#best() === best : this.#best() < best
    if (isLost) this.#between = Math.min(LATEST, 2 * this.#between)
    else if (isTrial) this.#between = Math.max(SOONEST, this.#between / 2)
  }
}
