/**
 * Times whole epochs, with the share of them that is spent inside the backend's scans, and what probing gradients adds:
 * two trainings side by side in one process. First whole epochs of the one without probes; then stretches of both in
 * turns, so short that a machine which grows busy does so for both.
 */
import type { Backend, Executable, RunEvent } from '@isograd/core'
import { readDataset, type StoredData } from '../stored-data.js'
import { ENDLESS, probed, training, type Workload } from '../workload.js'
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

/** Wall-clock seconds of an epoch, and those of them inside the backend's scans. */
export interface EpochSeconds {
  readonly seconds: number
  readonly inside: number
}

/** Seconds of a step in a stretch without probes and in the stretch with probes beside it. */
export interface StretchSeconds {
  readonly plain: number
  readonly probed: number
}

/** The result of the job. */
export interface EpochTiming {
  readonly stepsPerEpoch: number
  readonly epochs: readonly EpochSeconds[]
  readonly stretches: readonly StretchSeconds[]
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
  #steps = 0

  constructor(backend: Backend, job: EpochJob, probeEvery: number | undefined) {
    const workload = probed(job.workload, probeEvery)
    this.#events = training(clocked(backend, this.#clock), workload, readDataset(job.stored), { epochs: ENDLESS })
  }

  async #next(): Promise<{ readonly type: RunEvent['type']; readonly seconds: number }> {
    const start = performance.now()
    const { value: event } = await this.#events.next()
    if (!event) throw new Error('internal: an endless training has ended')
    if (event.type === 'steps') this.#steps += event.losses.length
    return { type: event.type, seconds: (performance.now() - start) / 1000 }
  }

  /** Trains and evaluates up to the end of an epoch. */
  async epoch(): Promise<EpochSeconds & { readonly steps: number }> {
    const [before, first] = [this.#clock.seconds, this.#steps]
    let [seconds, ended] = [0, false]
    while (!ended) {
      // oxlint-disable-next-line no-await-in-loop -- events come in order
      const next = await this.#next()
      seconds += next.seconds
      ended = next.type === 'epoch'
    }
    return { seconds, inside: this.#clock.seconds - before, steps: this.#steps - first }
  }

  /** Trains some steps more, to the end of a scan. @returns seconds a step, evaluations left out. */
  async stretch(steps: number): Promise<number> {
    const first = this.#steps
    let total = 0
    while (this.#steps < first + steps) {
      // oxlint-disable-next-line no-await-in-loop -- events come in order
      const { type, seconds } = await this.#next()
      if (type !== 'epoch') total += seconds
    }
    return total / (this.#steps - first)
  }

  async close(): Promise<void> {
    await this.#events.return()
  }
}

/** A stretch of both; each begins as often as the other. */
async function timePair(trainings: Trainings, steps: number, probedFirst: boolean): Promise<StretchSeconds> {
  const early = probedFirst ? await trainings.probed.stretch(steps) : undefined
  const plain = await trainings.plain.stretch(steps)
  return { plain, probed: early ?? (await trainings.probed.stretch(steps)) }
}

interface Trainings {
  readonly plain: TimedTraining
  readonly probed: TimedTraining
}

async function timeBoth(trainings: Trainings, job: EpochJob): Promise<EpochTiming> {
  const { steps: stepsPerEpoch } = await trainings.plain.epoch()
  const epochs: EpochSeconds[] = []
  // oxlint-disable-next-line no-await-in-loop -- one after the other is what is measured
  while (epochs.length < job.epochs) epochs.push(await trainings.plain.epoch())
  await timePair(trainings, job.stretch, true)
  const stretches: StretchSeconds[] = []
  while (stretches.length < job.stretches) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other is what is measured
    stretches.push(await timePair(trainings, job.stretch, stretches.length % 2 === 1))
  }
  return { stepsPerEpoch, epochs, stretches }
}

/** Runs the job; the first epoch and the first stretches warm up. @throws InputError, BackendError */
export function timeEpochs(job: EpochJob): Promise<EpochTiming> {
  return withBackend(job, [job.workload.arm.precision], async (backend) => {
    const plain = new TimedTraining(backend, job, undefined)
    const withProbes = new TimedTraining(backend, job, job.probeEvery)
    const timing = await timeBoth({ plain, probed: withProbes }, job)
    await Promise.all([plain.close(), withProbes.close()])
    return timing
  })
}
