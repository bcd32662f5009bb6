/** The task of a worker: trains trials of whatever sweeps stand in a Redis, until it is told to stop. */
import { setTimeout } from 'node:timers/promises'
import type { Entry } from '../documents/sweep-lines.js'
import type { ExitStatus } from '../errors/exit-status.js'
import { deliberateStatus, messageOf } from '../errors/failure.js'
import { Interruption } from '../errors/interruption.js'
import { loadRegistry } from '../input/extensions.js'
import type { SharedValues } from '../input/options.js'
import { openRedis } from '../sweeps/redis/access.js'
import { postedNames, waitingIn } from '../sweeps/redis/posted-sweep.js'
import { readPosted, type Service, serveSweep } from '../sweeps/redis/serve-sweep.js'
import { type StatusLine, withStatusLine } from '../terminal/status-line.js'
import { plural } from '../text/layout.js'

/** Options of the verb as they are read from the command line. */
export interface WorkerOptions extends SharedValues {
  readonly workers?: number
  readonly queue: string
}

/** Milliseconds between two looks for sweeps. */
const LOOK = 500

/** Milliseconds to give back in, once interrupted, what is being trained. */
const PATIENCE = 4000

/** Trains sweep after sweep, whichever has work; one that cannot be trained here is told of once and left to others. */
class ServiceLoop {
  readonly #service: Service
  readonly #left = new Set<string>()

  constructor(service: Service) {
    this.#service = service
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      // oxlint-disable no-await-in-loop -- one sweep after the other
      const name = await this.#next()
      if (name === undefined) await setTimeout(LOOK, undefined, { signal }).catch(() => {})
      else await this.#serve(name, signal)
      // oxlint-enable no-await-in-loop
    }
  }

  /** A sweep with work, other than one. */
  async #next(than?: string): Promise<string | undefined> {
    const { access } = this.#service
    for (const name of await postedNames(access)) {
      // oxlint-disable-next-line no-await-in-loop -- the first that has some
      if (name !== than && !this.#left.has(name) && (await waitingIn(access, name)) > 0) return name
    }
    return undefined
  }

  async #serve(name: string, signal: AbortSignal): Promise<void> {
    try {
      const sweep = await readPosted(this.#service, name, signal)
      if (sweep === undefined) return
      this.#service.note(`${sweep.mark.source}: training its trials`)
      await serveSweep(this.#service, sweep, async () => (await this.#next(name)) !== undefined, signal)
    } catch (error) {
      if (signal.aborted) return
      if (deliberateStatus(error) === undefined) throw error
      this.#left.add(name)
      this.#service.note(`error: ${messageOf(error)}; its trials are left to other workers`)
    }
  }
}

async function serve(options: WorkerOptions, line: StatusLine, signal: AbortSignal): Promise<never> {
  const { queue, use = [], backend: backends = [], dataDir, workers } = options
  const registry = await loadRegistry(use)
  const access = await openRedis(queue, line.note)
  let count = 0
  const trained = ({ outcome }: Entry): void => {
    if (outcome === 'done') count++
    line.show(`${plural(count, 'trial')} trained`)
  }
  line.note(`waiting for sweeps of ${access.place}; Ctrl-C ends it`)
  const stopped = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
  const loop = new ServiceLoop({
    access,
    registry,
    use,
    backends,
    dataDir,
    workers,
    note: line.note,
    onProgress: line.transfer,
    trained,
  })
  try {
    const running = loop.run(signal)
    // Where Redis does not answer, nothing but the signal ends it.
    await Promise.race([running, stopped])
    await Promise.race([running, setTimeout(access.redis.status === 'ready' ? PATIENCE : LOOK)])
  } finally {
    access.close()
  }
  const { status } = signal.reason as Interruption
  throw new Interruption(status, `interrupted; ${plural(count, 'trial')} trained, others are given back`)
}

/** Trains trials until it is interrupted. @throws Interruption, InputError where there is no Redis */
export function worker(options: WorkerOptions): Promise<ExitStatus> {
  return withStatusLine(options, (line, signal) => serve(options, line, signal))
}
