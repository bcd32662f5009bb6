/** Trains the experiment of a record once more. */
import { planFor, recordOf, type Registry, type RunEvent, type RunRecord, train } from '@isograd/core'
import type { Backend } from '@isograd/core/backend'
import type { RecordSide } from '@isograd/core/compare'
import type { Dataset } from '@isograd/core/data'
import { loadInitialWeights } from '@isograd/core/node'

/** A run of the record's experiment on a backend. @throws BackendError */
export async function trainRecord(
  backend: Backend,
  { arm: armName, experiment: arm }: RunRecord,
  dataset: Dataset,
  registry: Registry,
): Promise<RecordSide> {
  const plan = planFor({ armName, arm, dataset, registry, ...(await loadInitialWeights(arm)) })
  const events: RunEvent[] = []
  for await (const event of train({ plan, backend })) events.push(event)
  const end = events.find((event) => event.type === 'end')
  return { record: recordOf(events), ...(end === undefined ? {} : { weights: end.chosen }) }
}
