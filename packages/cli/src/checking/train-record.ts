/** Trains the experiment of a record once more. */
import { recordOf, type RunEvent, type RunRecord, train } from '@isograd/core'
import type { Backend } from '@isograd/core/backend'
import type { RecordSide } from '@isograd/core/compare'
import type { Dataset } from '@isograd/core/data'

/** A run of the record's experiment on a backend. @throws BackendError */
export async function trainRecord(backend: Backend, record: RunRecord, dataset: Dataset): Promise<RecordSide> {
  const events: RunEvent[] = []
  for await (const event of train({ backend, armName: record.arm, arm: record.experiment, dataset })) events.push(event)
  const end = events.find((event) => event.type === 'end')
  return { record: recordOf(events), ...(end === undefined ? {} : { weights: end.chosen }) }
}
