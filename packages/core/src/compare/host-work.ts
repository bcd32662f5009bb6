/** The work of a plan's steps on the host, in JavaScript: what is measured there has to end. */
import { concreteShape } from '../ir/program.js'
import type { TrainingPlan } from '../plan/plan.js'
import { elementCount, totalElements } from '../tensor.js'

/** Multiplications with weights, and values, of steps that take about a second. */
const [PRODUCTS, VALUES] = [3e8, 3e7] as const

/** True where so many steps take at most about so many seconds, by the sizes of their products with weights and of all values. */
export function isQuickOnHost(plan: TrainingPlan, steps: number, seconds: number): boolean {
  const batch = Math.min(plan.batches.batchSize, plan.batches.samples)
  const weights = totalElements(plan.model.parameters)
  const sizes = plan
    .program(plan.stepRole)
    .nodes.map(({ type: { shape } }) => elementCount(concreteShape(shape, batch)))
  const values = sizes.reduce((sum, size) => sum + size, 0)
  return Math.max((batch * weights) / PRODUCTS, values / VALUES) * steps <= seconds
}
