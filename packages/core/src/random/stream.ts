/**
 * Streams of random numbers: one for each (seed, purpose, index), independent of each other and of the order in which
 * they are used. Everything random in isograd is drawn here; no backend draws anything.
 */
import { type Block, philox4x32 } from './philox.js'

/** The purpose of a stream. The numbers are part of the definition: changing one changes every result. */
export const purposes = {
  weights: 1,
  shuffle: 2,
  masks: 3,
  digits: 4,
  split: 5,
  perturbation: 6,
  sample: 7,
  study: 8,
  fault: 9,
  selftest: 10,
  sweep: 11,
} as const

/** Name of a purpose. */
export type Purpose = keyof typeof purposes

const TWO_32 = 0x100000000

/** One sequence of random numbers. */
export class RandomStream {
  readonly #key: readonly [number, number]
  readonly #index: number
  readonly #purpose: number
  #blockNumber = 0
  #block: Block = [0, 0, 0, 0]
  #used = 4
  #spareNormal: number | undefined

  /** @param seed a non-negative safe integer. @param index a number below 2^32, such as the epoch or the parameter. */
  constructor(seed: number, purpose: Purpose, index = 0) {
    this.#key = [(seed % TWO_32) >>> 0, Math.floor(seed / TWO_32) >>> 0]
    this.#index = index
    this.#purpose = purposes[purpose]
  }

  /** A uniform 32-bit word. */
  word(): number {
    if (this.#used === 4) {
      const high = Math.floor(this.#blockNumber / TWO_32)
      this.#block = philox4x32([this.#blockNumber >>> 0, high, this.#index, this.#purpose], this.#key)
      this.#blockNumber++
      this.#used = 0
    }
    return this.#block[this.#used++ as 0 | 1 | 2 | 3]
  }

  /** Uniform on [0, 1) with 53 random bits. */
  uniform(): number {
    const high = this.word() >>> 5
    const low = this.word() >>> 6
    return (high * 0x4000000 + low) / 0x20000000000000
  }

  /** A uniform integer in 0 .. bound-1, unbiased (words that would bias it are drawn again). @param bound 1 .. 2^32. */
  below(bound: number): number {
    const limit = TWO_32 - (TWO_32 % bound)
    let word = this.word()
    while (word >= limit) word = this.word()
    return word % bound
  }

  /**
   * Standard normal, by Marsaglia's polar method: of its functions only the logarithm is not exact in IEEE 754.
   * @see Marsaglia and Bray, "A convenient method for generating normal variables", SIAM Review 6 (1964).
   */
  normal(): number {
    if (this.#spareNormal !== undefined) {
      const spare = this.#spareNormal
      this.#spareNormal = undefined
      return spare
    }
    for (;;) {
      const u = 2 * this.uniform() - 1
      const v = 2 * this.uniform() - 1
      const square = u * u + v * v
      if (square >= 1 || square === 0) continue
      const factor = Math.sqrt((-2 * Math.log(square)) / square)
      this.#spareNormal = v * factor
      return u * factor
    }
  }

  /** A permutation of 0 .. count-1, each equally likely (Fisher and Yates). */
  permutation(count: number): Int32Array {
    const order = new Int32Array(count).map((_, i) => i)
    for (let i = count - 1; i > 0; i--) {
      const j = this.below(i + 1)
      const held = order[i] as number
      order[i] = order[j] as number
      order[j] = held
    }
    return order
  }
}
