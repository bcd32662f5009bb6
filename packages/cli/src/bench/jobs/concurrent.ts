/** Trains a workload with several seeds on backends as `isograd run --jobs` does, and tells how long that took. */
import type { Backend } from '@isograd/core/backend'
import { shareDataset } from '../../backends/remote-memory.js'
import { openWorkerPool } from '../../backends/worker-pool.js'
import { TrainingQueue } from '../../training/training-queue.js'
import { readSource, type StoredData } from '../stored-data.js'
import { training, type Workload } from '../workload.js'

/** Several seeds of an arm on every one of the backends. */
export interface ConcurrentJob {
  readonly backends: readonly string[]
  readonly threads: number | undefined
  readonly timeoutSeconds: number | undefined
  readonly workload: Workload
  /** Of each training. */
  readonly steps: number
  readonly seeds: readonly number[]
  readonly stored: StoredData
  /** The number of trainings that run at once. */
  readonly jobs: number
}

/** Runs the job: backends and data are loaded before the clock starts. @throws InputError, BackendError */
export async function timeConcurrent(job: ConcurrentJob): Promise<{ readonly seconds: number }> {
  const { backends: names, threads, timeoutSeconds, workload, steps, seeds, stored, jobs } = job
  const options = threads === undefined ? {} : { threads }
  const precisions = [workload.arm.precision]
  const asked = { names, options, timeoutSeconds, precisions, trainings: seeds.length, jobs }
  const pool = await openWorkerPool({ ...asked, note: () => {} })
  try {
    const { registry, dataset } = await readSource(stored)
    const source = { registry, dataset: pool.remote ? shareDataset(dataset) : dataset }
    const queue = new TrainingQueue(pool, new AbortController().signal)
    const { scanSeconds } = queue
    const run = (seed: number) => async (backend: Backend, advance: (fraction: number) => void) => {
      for await (const event of training(backend, workload, source, { seed, ...(scanSeconds && { scanSeconds }) })) {
        if (event.type === 'steps') advance((event.first + event.losses.length) / steps)
      }
    }
    const start = performance.now()
    const trainings = seeds.flatMap((seed) =>
      pool.backends.map((backend) => ({ backend, work: steps, run: run(seed) })),
    )
    await Promise.all(trainings.map((each) => queue.add(each)))
    return { seconds: (performance.now() - start) / 1000 }
  } finally {
    await pool.dispose()
  }
}
