/** Runs in code that are left before their end, and evaluations of what was trained. */
import { expect, it } from 'vitest'
import { digits } from '../src/data/index.js'
import { parseRecord } from '../src/records/read-record.js'
import {
  dataMarkOf,
  defineExperiment,
  evaluate,
  Journal,
  networkOf,
  planFor,
  referenceBackend,
  stringifyDocument,
  train,
} from '../src/index.js'

const dataset = digits({ train: 60, test: 20, seed: 0 })
const { arms, registry } = defineExperiment({
  name: 'short',
  data: { dataset: 'digits' },
  model: { layers: [{ type: 'flatten' }, { type: 'dense', units: 10 }] },
  optimizer: { type: 'adam', learningRate: 0.01 },
  batchSize: 10,
  epochs: 3,
})
const arm = arms['default']
if (arm === undefined) throw new Error('no arm')
const plan = planFor({ armName: 'default', arm, dataset, registry })

async function journalUntil(isLast: (losses: number, epochs: number) => boolean): Promise<Journal> {
  const journal = new Journal(dataMarkOf(dataset))
  for await (const event of train({ plan, backend: referenceBackend(), scanSeconds: 1e-9 })) {
    journal.add(event)
    const { losses, epochs } = event.type === 'start' ? { losses: [], epochs: [] } : journal.recordSoFar()
    if (isLast(losses.length, epochs.length)) break
  }
  return journal
}

it('has the record so far of a run whose consumer breaks out of the loop', async () => {
  const whole = (await journalUntil(() => false)).record()
  const left = (await journalUntil((_, epochs) => epochs === 1)).recordSoFar()
  expect(left.end).toEqual({ reason: 'stopped' })
  expect(left.losses).toEqual(whole.losses.slice(0, 6))
  expect(left.chosenEpoch).toBe(0)
  expect(left.finals).toEqual(whole.epochs[0]?.evaluations)
  expect(parseRecord(stringifyDocument(left))).toEqual(left)
})

it('has no figures where no epoch has ended, and none to invent', async () => {
  const left = (await journalUntil((losses) => losses >= 2)).recordSoFar()
  expect(left.chosenEpoch).toBe(-1)
  expect(left.finals['test']?.loss).toBeNaN()
  expect(parseRecord(stringifyDocument(left))).toEqual(left)
})

it('has the record so far of a run that is aborted', async () => {
  const controller = new AbortController()
  const journal = new Journal(dataMarkOf(dataset))
  const aborted = async (): Promise<void> => {
    for await (const event of train({ plan, backend: referenceBackend(), signal: controller.signal })) {
      journal.add(event)
      if (event.type === 'epoch') controller.abort(new Error('enough'))
    }
  }
  await expect(aborted()).rejects.toThrow('enough')
  expect(journal.recordSoFar()).toMatchObject({ end: { reason: 'stopped' }, chosenEpoch: 0 })
  expect(journal.recordSoFar().losses).toHaveLength(6)
})

it('evaluates a trained model to the finals of its run', async () => {
  const journal = await journalUntil(() => false)
  const trained = { ...networkOf(arm, dataset, registry), weights: journal.end.chosen }
  const finals = await evaluate(referenceBackend(), trained, registry, dataset)
  expect(finals).toEqual(journal.record().finals)
})
