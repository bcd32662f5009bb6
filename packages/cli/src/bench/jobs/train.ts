/** Trains an arm on a backend as `isograd run` does, until enough steps are timed. */
import { type Backend, train } from '@isograd/core'
import type { TrainJob, TrainResult } from '../job.js'
import { peakMemory } from '../peak-memory.js'
import { Stopwatch } from '../stopwatch.js'
import { readData } from './data.js'
import { secondsSince, withBackend } from './surroundings.js'

/** More epochs than any measurement lasts. */
const ENDLESS = 1_000_000

async function timeSteps(backend: Backend, job: TrainJob, startedAt: number): Promise<TrainResult> {
  const arm = { ...job.arm, epochs: ENDLESS }
  const dataset = await readData(job.data)
  const stopwatch = new Stopwatch(job.effort)
  let firstStepSeconds: number | undefined
  for await (const event of train({ backend, armName: job.armName, arm, dataset })) {
    if (event.type !== 'steps') continue
    firstStepSeconds ??= secondsSince(startedAt)
    if (stopwatch.add(event.losses.length, event.seconds)) break
  }
  return {
    stepSeconds: stopwatch.stepSeconds,
    steps: stopwatch.steps,
    firstStepSeconds: firstStepSeconds ?? Number.NaN,
    peakBytes: peakMemory(),
    versions: {},
  }
}

/** Runs the job. @throws InputError, BackendError as `isograd run`. */
export function runTrainJob(job: TrainJob, startedAt: number): Promise<TrainResult> {
  return withBackend(job, [job.arm.precision], ({ backend }) => timeSteps(backend, job, startedAt))
}
