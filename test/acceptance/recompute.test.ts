/** A forward pass that is computed again for its gradient gives the bits of one that is kept, on every backend. */
import { loadDataset } from '@isograd/core/node'
import { describe, expect, test } from 'vitest'
import { backendNames, backendOrReason } from '../backends.js'
import { presetArm, trainWhole } from '../training.js'

describe.each(backendNames.filter((name) => name !== 'native:strict'))('%s', (name) => {
  test('trains a residual network', { timeout: 120_000 }, async ({ skip }) => {
    const backend = await backendOrReason(name)
    if (typeof backend === 'string') return skip(backend)
    const changes = { epochs: 1, batchSize: 16, data: { limit: 64, testLimit: 16 } }
    const dataset = await loadDataset('digits', { size: { train: 64, test: 16 } })
    const [kept, again] = [
      presetArm('plain-residual', 'residual-8', changes),
      presetArm('plain-residual', 'residual-8', { ...changes, recompute: true }),
    ]
    const [before, after] = [await trainWhole(backend, kept, dataset), await trainWhole(backend, again, dataset)]
    await backend.dispose()
    expect(after.record.losses).toHaveLength(4)
    expect(after.record.losses).toEqual(before.record.losses)
    expect(after.carry).toEqual(before.carry)
  })
})
