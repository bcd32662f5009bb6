/** The number of steps that one scan takes: long enough to cost nothing, short enough for progress, Ctrl-C and memory. */

/** The time that a scan of a run should take, in seconds. */
export const SCAN_SECONDS = 0.25
/** The first scan compiles, and says little of how long the next will be. */
const FIRST_SCAN_STEPS = 1
/** The most steps of one scan. */
export const MOST_STEPS = 4096

/** Learns from how long the last scans took. It never changes a result, only how steps are grouped. */
export class ScanLength {
  readonly #seconds: number
  #steps = FIRST_SCAN_STEPS

  /** @param seconds how long a scan should take. */
  constructor(seconds: number = SCAN_SECONDS) {
    this.#seconds = seconds
  }

  /** Steps of the next scan: those available in scans of one length, at most half as long again as wanted. */
  next(available: number): number {
    const scans = Math.max(1, Math.round(available / this.#steps))
    return Math.max(1, Math.min(Math.ceil(available / scans), MOST_STEPS))
  }

  /** Takes in what a scan took. */
  learn(steps: number, seconds: number): void {
    const fitting = Math.floor((this.#seconds * steps) / Math.max(seconds, 1e-6))
    this.#steps = Math.max(1, Math.min(fitting, 4 * this.#steps, MOST_STEPS))
  }
}
