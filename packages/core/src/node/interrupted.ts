/**
 * Interruptions, told to all threads of this process: signals come to one of them alone, and whoever waits for another
 * program, such as a compiler, must not wait on.
 */
import { BroadcastChannel } from 'node:worker_threads'

const CHANNEL = 'isograd:interrupted'

/** Tells all threads that the work is interrupted. */
export function tellInterrupted(): void {
  const channel = new BroadcastChannel(CHANNEL)
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- that is of windows
  channel.postMessage(true)
  channel.close()
}

/** Calls back when the work is interrupted, in whichever thread. @returns a function that ends this. */
export function onInterrupted(heard: () => void): () => void {
  const channel = new BroadcastChannel(CHANNEL)
  channel.addEventListener('message', heard)
  // Listening is nothing to stay alive for.
  channel.unref()
  return () => channel.close()
}
