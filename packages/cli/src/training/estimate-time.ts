/** The time that a training takes on a backend, by a second of it. */
import { train, type TrainingPlan } from '@isograd/core'
import type { Backend } from '@isograd/core/backend'
import type { TimeEstimate } from '../documents/describe-document.js'

/** Seconds that are trained to estimate a rate; the first scan warms up, and counts only where it is the only one. */
const MEASURED_SECONDS = 1

/** Trains for a short while and leaves: steps per second, and the seconds that all steps take at that rate. */
export async function estimateTime(plan: TrainingPlan, backend: Backend, signal: AbortSignal): Promise<TimeEstimate> {
  let [warm, count, seconds] = [false, 0, 0]
  for await (const event of train({ plan, backend, signal })) {
    if (event.type !== 'steps') continue
    if (warm || event.first + event.losses.length === plan.steps) {
      count += event.losses.length
      seconds += event.seconds
    }
    warm = true
    if (seconds > MEASURED_SECONDS) break
  }
  const stepsPerSecond = count / seconds
  return { backend: backend.name, stepsPerSecond, seconds: plan.steps / stepsPerSecond }
}
