/** Compiling is no part of the time that a training tells. */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import type { Backend } from '../src/backend/index.js'
import { builtins, parseExperiment, planFor, referenceBackend, train } from '../src/index.js'
import { loadDataset } from '../src/node/index.js'

const SECONDS = 0.5

/** The reference, which takes its time to be ready for a batch that it has not met. */
function slowToBegin(asked: number[]): Backend {
  const reference = referenceBackend()
  const ready = async (batch: number): Promise<void> => {
    if (!asked.includes(batch)) await sleep(1000 * SECONDS)
    asked.push(batch)
  }
  return {
    ...reference,
    async compile(program, constants) {
      const executable = await reference.compile(program, constants)
      return { scan: (carry, xs) => executable.scan(carry, xs), dispose: () => executable.dispose(), ready }
    },
  }
}

it('is made ready for each size of a batch before its steps are timed', async () => {
  const { arms } = parseExperiment({
    name: 'small',
    data: { dataset: 'moons', limit: 20, testLimit: 4 },
    model: { layers: [{ type: 'dense', units: 2 }] },
    optimizer: { type: 'sgd', learningRate: 0.1 },
    batchSize: 8,
    epochs: 2,
  })
  const [entry] = Object.entries(arms)
  if (entry === undefined) throw new Error('no arm')
  const [armName, arm] = entry
  const dataset = await loadDataset('moons', { size: { train: 20, test: 4 } })
  const plan = planFor({ armName, arm, dataset, registry: builtins })
  const asked: number[] = []
  const seconds: number[] = []
  for await (const event of train({ plan, backend: slowToBegin(asked) })) {
    if (event.type === 'end') seconds.push(event.seconds)
  }
  expect(new Set(asked)).toEqual(new Set([8, 4]))
  expect(seconds[0]).toBeLessThan(SECONDS)
})
