/** Evaluations of a trained model on a data set, with the loss and the metrics of its experiment. */
import type { Backend } from '../backend/contract.js'
import type { Dataset } from '../data/dataset.js'
import { CompiledPlan } from '../plan/compiled.js'
import { modelCarry } from '../plan/inputs.js'
import { planFor } from '../plan/plan-for.js'
import type { Registry } from '../registry/registry.js'
import { evaluateTable } from './evaluation.js'
import type { Evaluation } from './events.js'
import type { TrainedModel } from './predict.js'

/**
 * Loss and metrics of a trained model on the tables of a data set that evaluations are of: `test`, or `train` where nothing is held
 * out, the validation rows, and those of the experiment's own.
 * @throws InputError when the data do not fit the model; BackendError when the backend fails.
 */
export async function evaluate(
  backend: Backend,
  { arm, weights }: TrainedModel,
  registry: Registry,
  dataset: Dataset,
): Promise<Record<string, Evaluation>> {
  const plan = planFor({ armName: arm.name, arm, dataset, registry })
  const compiled = new CompiledPlan(plan, backend)
  try {
    const results: Record<string, Evaluation> = {}
    const validation = plan.tables['validation'] === undefined ? [] : ['validation']
    for (const table of [plan.judgedOn, ...validation, ...plan.otherTables]) {
      // oxlint-disable-next-line no-await-in-loop -- a backend takes one scan at a time
      results[table] = await evaluateTable(compiled, modelCarry(plan.model, weights), table)
    }
    return results
  } finally {
    await compiled.close()
  }
}
