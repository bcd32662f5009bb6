/**
 * The preset `plain-residual` has the published effect, for three seeds: in 56 plain layers gradients grow by orders of
 * magnitude on their way back, as batch normalisation makes them (Yang et al., ICLR 2019: by at least sqrt(pi / (pi - 1)) a
 * layer in the limit of width), in 8 plain layers and in 56 with residual connections they do not (He et al. 2015).
 */
import { expect, test } from 'vitest'
import { digits } from '../src/data/index.js'
import { findPreset, parseExperiment, planFor, recordOf, referenceBackend, train } from '../src/index.js'
import { probeSeries, valuesAt } from '../src/records/record.js'

/** Decades that the norm of weight gradients gains from the last layer to the first, before the first update. */
async function decadesGained(armName: string, seed: number): Promise<number> {
  const overrides = { seed, epochs: 1, batchSize: 32, data: { limit: 32 } }
  const { arms, registry } = parseExperiment(findPreset('plain-residual'), { overrides })
  const arm = arms[armName]
  if (arm === undefined) throw new Error(`no arm ${armName}`)
  const plan = planFor({ armName, arm, dataset: digits({ train: 32, test: 10, seed: 0 }), registry })
  const events = []
  for await (const event of train({ plan, backend: referenceBackend() })) events.push(event)
  const depths = probeSeries(recordOf(events), 'gradientNorm').filter(({ layer }) => /^(conv|dense)/.test(layer))
  const norms = depths.filter(({ parameter }) => parameter === 'weight').map((series) => Number(valuesAt(series, 0)[0]))
  return Math.log10(Number(norms[0]) / Number(norms.at(-1)))
}

test.each([0, 1, 2])('seed %i', async (seed) => {
  const shallow = await decadesGained('plain-8', seed)
  const plain = await decadesGained('plain-56', seed)
  const residual = await decadesGained('residual-56', seed)
  expect(plain).toBeGreaterThan(2)
  expect(Math.abs(shallow)).toBeLessThan(1)
  expect(Math.abs(residual)).toBeLessThan(1)
})
