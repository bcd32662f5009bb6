/**
 * Times whole epochs, with the share of them that is spent inside the backend's scans, and what probing gradients adds:
 * two trainings side by side in one process. First whole epochs of the one without probes; then stretches of both in
 * turns, so short that a machine which grows busy does so for both.
 */
import type { RunEvent } from '@isograd/core'
import type { Backend, Executable } from '@isograd/core/backend'
import { readSource, type StoredData } from '../stored-data.js'
import { ENDLESS, type PlanSource, probed, training, type Workload } from '../workload.js'
import { type BackendChoice, withBackend } from './backend.js'

/** The input of the job. */
export interface EpochJob extends BackendChoice {
  readonly workload: Workload
  readonly stored: StoredData
  readonly epochs: number
  readonly probeEvery: number
  /** Steps of a stretch, and how many stretches are timed of each kind. */
  readonly stretch: number
  readonly stretches: number
}

/** The result of the job, in wall-clock seconds. */
export interface EpochTiming {
  readonly stepsPerEpoch: number
  /** Whole epochs, and the part of each inside the backend's scans. */
  readonly epochs: readonly { readonly seconds: number; readonly inside: number }[]
  /** Of a step in a stretch without probes and in the stretch with probes beside it. */
  readonly stretches: readonly { readonly plain: number; readonly probed: number }[]
}

/** A piece of a training. */
interface Piece {
  readonly steps: number
  readonly seconds: number
  /** Of these, inside the backend's scans, and ending epochs: evaluations above all. */
  readonly inside: number
  readonly ending: number
}

/** The backend with the seconds inside its scans added to a clock. */
function clocked(backend: Backend, clock: { seconds: number }): Backend {
  const clockedScans = (executable: Executable): Executable => ({
    scan: async (carry, xs) => {
      const start = performance.now()
      const result = await executable.scan(carry, xs)
      clock.seconds += (performance.now() - start) / 1000
      return result
    },
    dispose: () => executable.dispose(),
  })
  return {
    ...backend,
    compile: async (program, constants) => clockedScans(await backend.compile(program, constants)),
    dispose: () => backend.dispose(),
  }
}

/** A training that is taken as far as asked. Its end, where the last step is probed in any case, is never reached. */
class TimedTraining {
  readonly #events: AsyncGenerator<RunEvent, void>
  readonly #clock = { seconds: 0 }

  constructor(backend: Backend, job: EpochJob, source: PlanSource, probeEvery: number | undefined) {
    const workload = probed(job.workload, probeEvery)
    this.#events = training(clocked(backend, this.#clock), workload, source, { epochs: ENDLESS })
  }

  /** Trains up to an event that is the last one wanted. */
  async #until(isLast: (type: RunEvent['type'], steps: number) => boolean): Promise<Piece> {
    const [start, scanned] = [performance.now(), this.#clock.seconds]
    let [before, ending, steps] = [start, 0, 0]
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop -- events come in order
      const { value: event } = await this.#events.next()
      if (!event) throw new Error('internal: an endless training has ended')
      const now = performance.now()
      if (event.type === 'steps') steps += event.losses.length
      if (event.type === 'epoch') ending += (now - before) / 1000
      before = now
      if (isLast(event.type, steps)) {
        return { steps, seconds: (now - start) / 1000, inside: this.#clock.seconds - scanned, ending }
      }
    }
  }

  /** Trains and evaluates up to the end of an epoch. */
  epoch(): Promise<Piece> {
    return this.#until((type) => type === 'epoch')
  }

  /** Trains some steps more, to the end of a scan. @returns seconds a step, evaluations left out. */
  async stretch(wanted: number): Promise<number> {
    const { seconds, ending, steps } = await this.#until((_, done) => done >= wanted)
    return (seconds - ending) / steps
  }

  async close(): Promise<void> {
    await this.#events.return()
  }
}

/** Runs the job; the first epoch and the first stretches warm up. @throws InputError, BackendError */
export function timeEpochs(job: EpochJob): Promise<EpochTiming> {
  return withBackend(job, [job.workload.arm.precision], async (backend) => {
    const source = await readSource(job.stored)
    const plain = new TimedTraining(backend, job, source, undefined)
    const withProbes = new TimedTraining(backend, job, source, job.probeEvery)
    const { steps: stepsPerEpoch } = await plain.epoch()
    const epochs: Piece[] = []
    // oxlint-disable-next-line no-await-in-loop -- one after the other is what is measured
    while (epochs.length < job.epochs) epochs.push(await plain.epoch())
    const stretches: EpochTiming['stretches'][number][] = []
    while (stretches.length <= job.stretches) {
      // Each begins as often as the other.
      const early = stretches.length % 2 === 0 ? await withProbes.stretch(job.stretch) : undefined
      const seconds = await plain.stretch(job.stretch)
      stretches.push({ plain: seconds, probed: early ?? (await withProbes.stretch(job.stretch)) })
    }
    await Promise.all([plain.close(), withProbes.close()])
    return { stepsPerEpoch, epochs, stretches: stretches.slice(1) }
  })
}
