/** A sweep that workers of a Redis train, from the start of its coordinator to its end. */
import { setTimeout } from 'node:timers/promises'
import { lockRun } from '@isograd/core/node'
import { openRedis } from './access.js'
import { type CoordinatedSweep, Coordinator } from './coordinator.js'
import { nameIn, post, type PostedSweep } from './posted-sweep.js'

/** Milliseconds that Redis has to hear that the command was interrupted. */
const PATIENCE = 500

/** Milliseconds after which it is told that nobody trains. */
const LONELY = 5000

/** The sweep that is coordinated, and its place. */
export interface Coordination extends Pick<CoordinatedSweep, 'directory' | 'plan' | 'shard' | 'running'> {
  /** Of the Redis. */
  readonly address: string
  readonly sweep: PostedSweep
}

/** Settles when a signal fires. */
function firing(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}

/** Tells once that nobody has begun to train. Returns who is to be told of trainings. */
function tellOfNobody(note: (text: string) => void, running: (count: number) => void) {
  let [isSeen, isTold] = [false, false]
  const began = performance.now()
  return (count: number): void => {
    isSeen ||= count > 0
    if (!isSeen && !isTold && performance.now() - began > LONELY) {
      note('no worker has taken a trial yet: start `isograd worker` with the same --queue on each machine')
      isTold = true
    }
    running(count)
  }
}

/**
 * Coordinates a sweep until all its trials are settled, or the signal fires: then workers stop.
 * @throws InputError where Redis is not there, another process has the directory, or results cannot be written
 */
export async function coordinate(
  { address, directory, sweep, running, ...others }: Coordination,
  note: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const access = await openRedis(address, note)
  const lock = await lockRun(directory).catch((error: unknown) => {
    access.close()
    throw error
  })
  const name = nameIn(directory, sweep.mark)
  const told = { post: () => post(access, name, sweep), running: tellOfNobody(note, running) }
  const coordinator = new Coordinator({ ...others, ...told, access, name, directory })
  try {
    await Promise.race([coordinator.run(signal), firing(signal)])
    if (signal.aborted) await Promise.race([coordinator.withdraw(), setTimeout(PATIENCE)])
  } finally {
    await Promise.race([coordinator.close(), setTimeout(PATIENCE)])
    access.close()
    lock.release()
  }
}
