/**
 * The preset `depth-scale` has the published effect, for three seeds: gradients vanish where the variance of initial weights
 * is below the edge of chaos, explode above it, and keep their size at it (Schoenholz et al., ICLR 2017, figure 6).
 */
import { expect, test } from 'vitest'
import { digits } from '../src/data/index.js'
import { findPreset, parseExperiment, planFor, recordOf, referenceBackend, train } from '../src/index.js'
import { probeSeries, valuesAt } from '../src/records/record.js'

/** Decades that the norm of weight gradients loses from the last hidden layer to the first, before the first update. */
async function decadesLost(armName: string, seed: number): Promise<number> {
  const overrides = { seed, epochs: 1, batchSize: 32, data: { limit: 32 } }
  const { arms, registry } = parseExperiment(findPreset('depth-scale'), { overrides })
  const arm = arms[armName]
  if (arm === undefined) throw new Error(`no arm ${armName}`)
  const plan = planFor({ armName, arm, dataset: digits({ train: 32, test: 10, seed: 0 }), registry })
  const events = []
  for await (const event of train({ plan, backend: referenceBackend() })) events.push(event)
  const weights = probeSeries(recordOf(events), 'gradientNorm').filter(({ parameter }) => parameter === 'weight')
  const norms = weights.slice(1, -1).map((series) => Number(valuesAt(series, 0)[0]))
  return Math.log10(Number(norms.at(-1)) / Number(norms[0]))
}

test.each([0, 1, 2])('seed %i', async (seed) => {
  const arms = ['variance-0.5', 'variance-1', 'variance-1.76', 'variance-2.5', 'variance-4']
  const lost = await Promise.all(arms.map((arm) => decadesLost(arm, seed)))
  expect(lost).toEqual(lost.toSorted((a, b) => b - a))
  const [far, below, edge, above, chaos] = lost
  expect(far).toBeGreaterThan(4)
  expect(below).toBeGreaterThan(1)
  expect(Math.abs(Number(edge))).toBeLessThan(0.5)
  expect(above).toBeLessThan(-0.3)
  expect(chaos).toBeLessThan(-1)
})
