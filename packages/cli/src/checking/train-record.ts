/** Trains the experiment of a record once more. */
import {
  planFor,
  recordOf,
  type Registry,
  type RunEvent,
  type RunRecord,
  train,
  type TrainingPlan,
} from '@isograd/core'
import type { Backend } from '@isograd/core/backend'
import type { RecordSide } from '@isograd/core/compare'
import type { Dataset } from '@isograd/core/data'
import { loadInitialWeights } from '@isograd/core/node'

/** A run of the record's experiment on a backend, with its plan. @throws BackendError */
export async function trainRecord(
  backend: Backend,
  { arm: armName, experiment: arm }: RunRecord,
  dataset: Dataset,
  registry: Registry,
): Promise<RecordSide & { readonly plan: TrainingPlan }> {
  const plan = planFor({ armName, arm, dataset, registry, ...(await loadInitialWeights(arm)) })
  const events: RunEvent[] = []
  for await (const event of train({ plan, backend })) events.push(event)
  const end = events.find((event) => event.type === 'end')
  return { plan, record: recordOf(events), ...(end === undefined ? {} : { weights: end.chosen }) }
}
