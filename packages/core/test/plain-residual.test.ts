/**
 * The preset `plain-residual` has the published effect, for three seeds: in 56 plain layers gradients grow by orders of
 * magnitude on their way back, as batch normalisation makes them (Yang et al., ICLR 2019: by at least sqrt(pi / (pi - 1)) a
 * layer in the limit of width), in 8 plain layers and in 56 with residual connections they do not (He et al. 2015).
 */
import { expect, test } from 'vitest'
import { firstGradients } from './first-gradients.js'

/** Decades that the norm of weight gradients gains from the last layer to the first, before the first update. */
async function decadesGained(armName: string, seed: number): Promise<number> {
  const depths = (await firstGradients('plain-residual', armName, seed)).filter(({ layer }) =>
    /^(conv|dense)/.test(layer),
  )
  return Math.log10(Number(depths[0]?.norm) / Number(depths.at(-1)?.norm))
}

test.each([0, 1, 2])('seed %i', async (seed) => {
  const shallow = await decadesGained('plain-8', seed)
  const plain = await decadesGained('plain-56', seed)
  const residual = await decadesGained('residual-56', seed)
  expect(plain).toBeGreaterThan(2)
  expect(Math.abs(shallow)).toBeLessThan(1)
  expect(Math.abs(residual)).toBeLessThan(1)
})
