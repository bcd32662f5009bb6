/**
 * The threads that compute. One must not be ended meanwhile: native code that returns to a thread which is no more aborts
 * the whole process.
 */
import { setTimeout } from 'node:timers/promises'
import type { Worker } from 'node:worker_threads'

/** Requests that are not answered, by thread. */
const open = new Map<Worker, Set<number>>()

/** Says that a thread has been asked. */
export function asked(worker: Worker, request: number): void {
  open.set(worker, (open.get(worker) ?? new Set()).add(request))
}

/** Says that it has answered. */
export function answered(worker: Worker, request: number): void {
  const requests = open.get(worker)
  requests?.delete(request)
  if (requests?.size === 0) open.delete(worker)
}

/** Says that a thread is gone. */
export function gone(worker: Worker): void {
  open.delete(worker)
}

/** True while any thread computes. */
export function threadsCompute(): boolean {
  return open.size > 0
}

/** Milliseconds that the end of a thread waits at most for what it computes. */
const LONGEST_WAIT = 10_000
const LOOK = 5

/** Waits until a thread has answered, or is gone. */
export async function untilAnswered(worker: Worker): Promise<void> {
  const until = performance.now() + LONGEST_WAIT
  // oxlint-disable-next-line no-await-in-loop -- looks again and again
  while (open.has(worker) && performance.now() < until) await setTimeout(LOOK)
}
