/** Tail probabilities of the normal distribution against tabulated values. */
import { expect, it } from 'vitest'
import { chanceBeyond } from '../src/numerics/normal.js'

// Two-sided tails as tables have them: 1 - 0.6826894921 and so on.
it.each([
  [0, 1],
  [1, 0.3173105079],
  [1.959963985, 0.05],
  [2, 0.0455002639],
  [3, 0.0026997961],
  [4, 0.0000633425],
])('beyond %d standard deviations', (limit, chance) => {
  expect(chanceBeyond(limit)).toBeCloseTo(chance, 6)
})
