/** Trains a workload on a backend as `isograd run` does, until enough steps are timed. */
import { readSource } from '../stored-data.js'
import { ENDLESS, training } from '../workload.js'
import { type StepJob, withBackend } from './backend.js'
import { Stopwatch, type TrainTiming } from './stopwatch.js'

/** Runs the job. @throws InputError, BackendError as `isograd run`. */
export function timeTraining(job: StepJob): Promise<TrainTiming> {
  const { workload, stored, effort } = job
  return withBackend(job, [workload.arm.precision], async (backend) => {
    const stopwatch = new Stopwatch(effort)
    const source = await readSource(stored)
    for await (const event of training(backend, workload, source, { epochs: ENDLESS })) {
      if (event.type === 'steps' && stopwatch.add(event.losses.length, event.seconds)) break
    }
    return stopwatch.trainTiming
  })
}
