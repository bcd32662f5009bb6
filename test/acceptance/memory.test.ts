import { builtins, type RunEvent, train, TrainingPlan } from '@isograd/core'
import { loadDataset } from '@isograd/core/node'
import * as tf from '@tensorflow/tfjs'
import { describe, expect, test } from 'vitest'
import { backendNamed, type BackendName } from '../backends.js'
import { presetArm } from '../training.js'

const MEGABYTE = 2 ** 20
const EPOCHS = 10

/** What `measure` says after each of ten epochs. */
async function afterEachEpoch(name: BackendName, measure: () => number): Promise<number[]> {
  const dataset = await loadDataset('digits', { size: { train: 2000, test: 500 } })
  const arm = presetArm('torch-mlp5', 'relu', { epochs: EPOCHS, data: { limit: 2000, testLimit: 500 } })
  const backend = await backendNamed(name)
  const measured: number[] = []
  const events = train({ backend, plan: new TrainingPlan({ armName: 'relu', arm, dataset, registry: builtins }) })
  for await (const event of events satisfies AsyncIterable<RunEvent>)
    if (event.type === 'epoch') measured.push(measure())
  await backend.dispose()
  return measured
}

describe('ten epochs leave memory where it was after the first', () => {
  test('tfjs-wasm: not one tensor more', async () => {
    const tensors = await afterEachEpoch('tfjs-wasm', () => tf.memory().numTensors)
    expect(tensors).toEqual(Array.from({ length: EPOCHS }, () => tensors[0]))
  })

  test.each(['onnx', 'tfjs-wasm'] as const)('%s: resident memory within noise', async (name) => {
    const resident = await afterEachEpoch(name, () => {
      globalThis.gc?.()
      return process.memoryUsage().rss / MEGABYTE
    })
    // A leak of one carry (8 MB) an epoch would be 64 MB from the second epoch to the last.
    expect((resident.at(-1) ?? 0) - (resident[1] ?? 0)).toBeLessThan(48)
  })
})
