/**
 * The preset `depth-scale` has the published effect, for three seeds: gradients vanish where the variance of initial weights
 * is below the edge of chaos, explode above it, and keep their size at it (Schoenholz et al., ICLR 2017, figure 6).
 */
import { expect, test } from 'vitest'
import { firstGradients } from './first-gradients.js'

/** Decades that the norm of weight gradients loses from the last hidden layer to the first, before the first update. */
async function decadesLost(armName: string, seed: number): Promise<number> {
  const hidden = (await firstGradients('depth-scale', armName, seed)).slice(1, -1).map(({ norm }) => norm)
  return Math.log10(Number(hidden.at(-1)) / Number(hidden[0]))
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
