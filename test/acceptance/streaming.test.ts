/** Streamed tables give the bits of resident ones on every backend: bytes that programs decode, and floats from the host. */
import { parseExperiment, planFor, recordOf, train } from '@isograd/core'
import { loadDataset } from '@isograd/core/node'
import { describe, expect, test } from 'vitest'
import { backendNamed, type BackendName } from '../backends.js'

const layers = [
  { type: 'flatten' },
  { type: 'dense', units: 32 },
  { type: 'activation' },
  { type: 'dropout', rate: 0.2 },
]

async function figures(name: BackendName, set: string, task: string, units: number, stream: boolean) {
  const { arms, registry } = parseExperiment({
    name: 'streamed',
    data: { dataset: set, stream, validation: 0.2 },
    task,
    model: { layers: [...layers, { type: 'dense', units }] },
    optimizer: { type: 'adam', learningRate: 0.003 },
    probes: { every: 10 },
    batchSize: 33,
    epochs: 2,
  })
  const [[armName, arm] = []] = Object.entries(arms)
  if (armName === undefined || arm === undefined) throw new Error('an arm is needed')
  const dataset = await loadDataset(set, { size: { train: 700, test: 600 } })
  const plan = planFor({ armName, arm, dataset, registry })
  const backend = await backendNamed(name)
  const events = []
  for await (const event of train({ plan, backend })) events.push(event)
  const { losses, finals, probes } = recordOf(events)
  return { isStreamed: plan.table('test').isStreamed, figures: { losses, finals, probes } }
}

describe.each(['onnx', 'tfjs-wasm'] as const)('%s', (name) => {
  test.each([
    ['digits', 'classification', 10],
    ['friedman1', 'regression', 1],
  ] as const)('trains and evaluates %s streamed as it does resident', async (set, task, units) => {
    const resident = await figures(name, set, task, units, false)
    const streamed = await figures(name, set, task, units, true)
    expect([resident.isStreamed, streamed.isStreamed]).toEqual([false, true])
    expect(resident.figures.losses.length).toBeGreaterThan(30)
    expect(streamed.figures).toEqual(resident.figures)
  })
})
