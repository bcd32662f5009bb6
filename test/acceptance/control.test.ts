/** `examples/control` runs as it stands, and shows what its page says. */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { builtins, parseExperiment, planFor, recordOf, train } from '@isograd/core'
import { loadDataset } from '@isograd/core/node'
import { expect, test } from 'vitest'
import { backendNamed } from '../backends.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const yaml = createRequire(join(root, 'packages/cli/package.json'))('yaml') as {
  readonly parse: (text: string) => unknown
}

test('every arm of examples/control stops early, with its best epoch and its learning rates', async () => {
  const { arms } = parseExperiment(yaml.parse(await readFile(join(root, 'examples/control/experiment.yaml'), 'utf8')))
  expect(Object.keys(arms)).toEqual(['plain', 'oneCycle', 'plateau'])
  const dataset = await loadDataset('digits', { size: { train: 500, test: 100 } })
  const backend = await backendNamed('wasm')
  for (const [armName, arm] of Object.entries(arms)) {
    const plan = planFor({ armName, arm, dataset, registry: builtins })
    const events = []
    // oxlint-disable-next-line no-await-in-loop -- one training after the other
    for await (const event of train({ plan, backend })) events.push(event)
    const { end, epochs, chosenEpoch, learningRates = [] } = recordOf(events)
    expect(end.stopped?.rule).toBe('earlyStopping')
    expect(chosenEpoch).toBeLessThan(epochs.length)
    expect(learningRates.length > 0).toBe(armName !== 'plain')
  }
})
