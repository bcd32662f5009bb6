/**
 * Lets timers and signal handlers run now and then: some backends compute on this thread without a pause. A turn of the
 * event loop costs up to a few milliseconds, more than a step of a small network, so not every scan is followed by one.
 */

const MILLISECONDS_BETWEEN = 50

/** A function that gives the event loop a turn if the last one was a while ago. */
export function eventLoopYielder(milliseconds = MILLISECONDS_BETWEEN): () => Promise<void> {
  let last = performance.now()
  return async () => {
    if (performance.now() - last < milliseconds) return
    await new Promise((resolve) => {
      setTimeout(resolve, 0)
    })
    last = performance.now()
  }
}
