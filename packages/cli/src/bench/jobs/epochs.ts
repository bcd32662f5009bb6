/**
 * What an epoch costs beside the backend's own work, and what probing gradients adds: two trainings side by side in one
 * process. First whole epochs of the one without probes; then stretches of both in turns, so short that a machine which
 * grows busy does so for both.
 */
import { type Backend, type Dataset, type Executable, type RunEvent, train } from '@isograd/core'
import type { AroundJob, AroundResult } from '../job.js'
import { readData } from './data.js'
import { withBackend } from './surroundings.js'

/** Adds up the seconds inside a backend's scans. */
class ScanClock {
  seconds = 0

  time(backend: Backend): Backend {
    return {
      ...backend,
      compile: async (program, constants) => this.#timed(await backend.compile(program, constants)),
      dispose: () => backend.dispose(),
    }
  }

  #timed(executable: Executable): Executable {
    return {
      scan: async (carry, xs) => {
        const start = performance.now()
        const result = await executable.scan(carry, xs)
        this.seconds += (performance.now() - start) / 1000
        return result
      },
      dispose: () => executable.dispose(),
    }
  }
}

/** More epochs than any measurement lasts: the last step of a run is probed in any case, and must not be reached. */
const ENDLESS = 1_000_000

/** A training that is taken as far as asked. */
class Training {
  readonly #events: AsyncGenerator<RunEvent, void>
  readonly #clock = new ScanClock()
  #done = 0
  stepsPerEpoch = 0

  constructor(backend: Backend, job: AroundJob, dataset: Dataset, probeEvery: number | undefined) {
    const { every: _, ...probes } = job.arm.probes
    const arm = {
      ...job.arm,
      epochs: ENDLESS,
      probes: probeEvery === undefined ? probes : { ...probes, every: probeEvery },
    }
    this.#events = train({ backend: this.#clock.time(backend), armName: job.armName, arm, dataset })
  }

  async #next(): Promise<{ readonly event: RunEvent; readonly seconds: number }> {
    const start = performance.now()
    const { value: event } = await this.#events.next()
    if (!event) throw new Error('internal: an endless training has ended')
    if (event.type === 'start') this.stepsPerEpoch = event.stepsPerEpoch
    if (event.type === 'steps') this.#done += event.losses.length
    return { event, seconds: (performance.now() - start) / 1000 }
  }

  /** Trains and evaluates up to the end of an epoch. */
  async epoch(): Promise<{ readonly seconds: number; readonly inside: number }> {
    const before = this.#clock.seconds
    let [seconds, ended] = [0, false]
    while (!ended) {
      // oxlint-disable-next-line no-await-in-loop -- events come in order
      const next = await this.#next()
      seconds += next.seconds
      ended = next.event.type === 'epoch'
    }
    return { seconds, inside: this.#clock.seconds - before }
  }

  /** Trains some steps more, to the end of a scan. @returns seconds a step, evaluations left out. */
  async stretch(steps: number): Promise<number> {
    const [first, stop] = [this.#done, this.#done + steps]
    let total = 0
    while (this.#done < stop) {
      // oxlint-disable-next-line no-await-in-loop -- events come in order
      const { event, seconds } = await this.#next()
      if (event.type !== 'epoch') total += seconds
    }
    return total / (this.#done - first)
  }

  async close(): Promise<void> {
    await this.#events.return()
  }
}

async function timeEpochs(plain: Training, epochs: number): Promise<{ seconds: number[]; inside: number[] }> {
  const [seconds, inside]: [number[], number[]] = [[], []]
  // The first warms up.
  await plain.epoch()
  for (let epoch = 0; epoch < epochs; epoch++) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other is what is measured
    const timed = await plain.epoch()
    seconds.push(timed.seconds)
    inside.push(timed.inside)
  }
  return { seconds, inside }
}

async function timeStretches(trainings: readonly Training[], { stretch, stretches }: AroundJob): Promise<number[][]> {
  const times = trainings.map((): number[] => [])
  for (let i = -1; i < stretches; i++) {
    const turns = [...trainings.entries()]
    // Each begins as often as the other, and the first turns warm up.
    for (const [which, training] of i % 2 === 0 ? turns : turns.toReversed()) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other is what is measured
      const seconds = await training.stretch(stretch)
      if (i >= 0) times[which]?.push(seconds)
    }
  }
  return times
}

async function measure(backend: Backend, job: AroundJob): Promise<AroundResult> {
  const dataset = await readData(job.data)
  const [plain, probed] = [
    new Training(backend, job, dataset, undefined),
    new Training(backend, job, dataset, job.probeEvery),
  ]
  const { seconds, inside } = await timeEpochs(plain, job.epochs)
  const [plainStepSeconds = [], probedStepSeconds = []] = await timeStretches([plain, probed], job)
  await Promise.all([plain.close(), probed.close()])
  const { stepsPerEpoch } = plain
  return { stepsPerEpoch, plainSeconds: seconds, insideSeconds: inside, plainStepSeconds, probedStepSeconds }
}

/** Runs the job. @throws InputError, BackendError */
export function runAroundJob(job: AroundJob): Promise<AroundResult> {
  return withBackend(job, [job.arm.precision], ({ backend }) => measure(backend, job))
}
