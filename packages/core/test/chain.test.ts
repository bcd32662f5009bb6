import { expect, test } from 'vitest'
import { type ChainResult, findPreset, parseChain, referenceBackend, runChain } from '../src/index.js'

/** In float64, where it is held against finite differences; every backend has float32, and so the preset. */
async function chainOf(arm: string): Promise<ChainResult> {
  const spec = parseChain(findPreset('scalar-chain'), { overrides: { precision: 'float64' } })[arm]
  if (spec === undefined) throw new Error(`no arm ${arm}`)
  return runChain(referenceBackend(), spec)
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x))

/** L(w) = f(w3 f(w2 f(w1 x))) with x = 1. */
function chain(f: (x: number) => number, weights: readonly number[]): number {
  return weights.reduce((a, w) => f(w * a), 1)
}

test('the sigmoid chain has the published forward values, derivatives and products', async () => {
  const { units } = await chainOf('sigmoid')
  const published = {
    activation: [0.525, 0.526, 0.539],
    derivative: [0.249, 0.249, 0.248],
    product: [0.0154, 0.0619, 0.248],
  }
  units.forEach((unit, i) => {
    expect(unit.activation).toBeCloseTo(published.activation[i] ?? Number.NaN, 3)
    expect(Math.abs(unit.derivative - (published.derivative[i] ?? Number.NaN))).toBeLessThan(6e-4)
    expect(Math.abs(unit.derivativeProduct - (published.product[i] ?? Number.NaN))).toBeLessThan(6e-4)
  })
})

test.each(['sigmoid', 'relu'])('the true gradients of the %s chain are those of finite differences', async (arm) => {
  const { units } = await chainOf(arm)
  const f = arm === 'sigmoid' ? sigmoid : (x: number) => Math.max(x, 0)
  const weights = [0.1, 0.2, 0.3]
  const h = 1e-6
  weights.forEach((_, i) => {
    const shifted = (by: number): number =>
      chain(
        f,
        weights.map((w, j) => (i === j ? w + by : w)),
      )
    const difference = (shifted(h) - shifted(-h)) / (2 * h)
    expect(units[i]?.gradient).toBeCloseTo(difference, 9)
  })
})

test('leaving the weights out overstates the gradient: dL/dw1 carries w2 w3 beside the derivatives', async () => {
  const { units } = await chainOf('sigmoid')
  const [first] = units
  expect(first?.gradient).toBeCloseTo((first?.derivativeProduct ?? Number.NaN) * 0.2 * 0.3, 12)
})
