/**
 * Lets timers and signal handlers run now and then: some backends compute on this thread without a pause. A turn of the
 * event loop costs up to a few milliseconds, more than a step of a small network, so not every scan is followed by one.
 */

const MILLISECONDS_BETWEEN = 50

/** Pauses of one training. They never change a result. */
export class Breath {
  #last = performance.now()

  /** Gives the event loop a turn if the last one was a while ago. */
  async take(): Promise<void> {
    if (performance.now() - this.#last < MILLISECONDS_BETWEEN) return
    await new Promise((resolve) => {
      setTimeout(resolve, 0)
    })
    this.#last = performance.now()
  }
}
