/** Work on the host, in JavaScript: what is measured there has to end. */
import type { Backend } from '../backend/contract.js'
import { concreteShape } from '../ir/program.js'
import type { TrainingPlan } from '../plan/plan.js'
import { referenceBackend } from '../reference/backend.js'
import { elementCount, totalElements } from '../tensor.js'
import type { CheckContext } from './check-context.js'
import { otherRoundings } from './operations/disturbed.js'
import { PERTURBATIONS } from './runs/perturb.js'

/** Multiplications with weights, and values, of steps that take about a second. */
const [PRODUCTS, VALUES] = [3e8, 3e7] as const

/** The steps that take about so many seconds, by the sizes of their products with weights and of all values. */
export function stepsOnHost(plan: TrainingPlan, seconds: number): number {
  const batch = Math.min(plan.batches.batchSize, plan.batches.samples)
  const weights = totalElements(plan.model.parameters)
  const sizes = plan
    .program(plan.stepRole)
    .nodes.map(({ type: { shape } }) => elementCount(concreteShape(shape, batch)))
  const values = sizes.reduce((sum, size) => sum + size, 0)
  return seconds / Math.max((batch * weights) / PRODUCTS, values / VALUES)
}

/** Seconds that work on each of the sound backends may take. */
export const HOST_SECONDS = 5

/** Work on the reference and then on sound backends that round otherwise. */
export async function onSoundBackends<T>(
  onStage: CheckContext['onStage'],
  stage: string,
  work: (backend: Backend) => Promise<T>,
): Promise<T[]> {
  onStage(stage)
  const done: T[] = []
  // oxlint-disable-next-line no-await-in-loop -- all of them use the one processor
  for (const backend of [referenceBackend(), ...otherRoundings(PERTURBATIONS)]) done.push(await work(backend))
  return done
}
