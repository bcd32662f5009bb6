/** Trains an arm with several seeds on backends as `isograd run --jobs` does, and tells how long that took. */
import { BackendError, type Dataset } from '@isograd/core'
import { shareDataset } from '../../backends/remote-memory.js'
import { type Crew, gatherCrew } from '../../run/crew.js'
import { type RunListener, trainAll, type TrainingPlan } from '../../run/train-all.js'
import { TrainingQueue } from '../../run/training-queue.js'
import { Whereabouts } from '../../run/whereabouts.js'
import type { TogetherJob, TogetherResult } from '../job.js'
import { readData } from './data.js'

const silent: RunListener = {
  event: () => {},
  leaves: () => {},
  armBegins: async () => {},
  runEnds: () => {},
  runFails: () => {},
  armEnds: () => {},
}

function planOf({ arm, seeds }: TogetherJob, crew: Crew, dataset: Dataset): TrainingPlan {
  const arms = Object.fromEntries(seeds.map((seed) => [`seed ${seed}`, { ...arm, seed }]))
  return {
    experiment: { name: arm.name, description: '', arms },
    backends: crew.backends,
    datasets: { of: async () => dataset },
    directory: undefined,
    checkpointing: undefined,
    showsSample: false,
    queue: new TrainingQueue(crew, new AbortController().signal),
    whereabouts: new Whereabouts(),
    nameOf: ({ armName, backend }) => `${armName} on ${backend.backend.name}`,
    listener: silent,
  }
}

/** Runs the job: backends and data are loaded before the clock starts. @throws InputError, BackendError */
export async function runTogetherJob(job: TogetherJob): Promise<TogetherResult> {
  const { backends: names, threads, arm, seeds, data, jobs } = job
  const crew = await gatherCrew({
    names,
    options: threads === undefined ? {} : { threads },
    precisions: [arm.precision],
    trainings: seeds.length,
    jobs,
    note: () => {},
  })
  try {
    const dataset = await readData(data)
    const plan = planOf(job, crew, crew.remote ? shareDataset(dataset) : dataset)
    const start = performance.now()
    const { failures } = await trainAll(plan)
    const seconds = (performance.now() - start) / 1000
    const [failure] = failures
    if (failure !== undefined) throw new BackendError(failure.backend, failure.message)
    return { seconds }
  } finally {
    await crew.dispose()
  }
}
