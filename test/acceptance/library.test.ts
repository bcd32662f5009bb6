/**
 * Every optimizer, activation, initializer, layer, loss and clipping, trained on every backend and held against the
 * reference.
 */
import { type ArmSpec, type FloatDType, referenceBackend } from '@isograd/core'
import type { Backend } from '@isograd/core/backend'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { backendNamed } from '../backends.js'
import { armsIn, clippingArms, configurations } from '../library-members.js'
import { lockstepErrors, noiseArm, noiseDataset } from '../lockstep.js'
import { trainWhole } from '../training.js'

/**
 * How far a step may be off, as a fraction of the step. Gradients are sums that cancel, and a parameter of size 0.3
 * that moves by 1e-4 keeps its movement to 1e-4 only: float32 has 7 digits. Seen: 6e-5 and 8e-14.
 */
const stepTolerance: Readonly<Record<FloatDType, number>> = { float32: 3e-4, float64: 1e-12 }

/** Parameters after four steps of L-BFGS of three iterations each, where rounding has grown. Seen: 2e-5 and 2e-14. */
const runTolerance: Readonly<Record<FloatDType, number>> = { float32: 2e-4, float64: 1e-12 }

const isClosure = ({ optimizer }: ArmSpec): boolean => optimizer.type === 'lbfgs'

/** The largest |a - b| relative to the largest |b|. */
function worstRelative(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  const errors = Array.from(expected, (value, i) => Math.abs((actual[i] ?? Number.NaN) - value))
  return Math.max(...errors) / Math.max(...Array.from(expected, Math.abs))
}

describe.each(configurations)('%s in %s', (name, precision) => {
  let backend: Backend
  beforeAll(async () => {
    backend = await backendNamed(name)
  })
  afterAll(async () => {
    await backend.dispose()
  })

  const trained = armsIn(precision)

  test.each(trained.filter(([, arm]) => !isClosure(arm)))('%s: four steps from the same states', async (_, arm) => {
    const errors = await lockstepErrors(backend, arm)
    expect(errors.filter(({ error }) => !(error <= stepTolerance[precision]))).toEqual([])
    expect(new Set(errors.map(({ step }) => step)).size).toBe(4)
  })

  test.each(trained.filter(([, arm]) => isClosure(arm)))('%s: four steps by the runner', async (_, arm) => {
    const own = await trainWhole(backend, arm, noiseDataset)
    const expected = await trainWhole(referenceBackend(), arm, noiseDataset)
    expect(own.record.losses).toHaveLength(4)
    expect(worstRelative(own.record.losses, expected.record.losses)).toBeLessThanOrEqual(runTolerance[precision])
    for (const [parameter, { data }] of Object.entries(expected.carry).filter(([key]) => key.startsWith('dense'))) {
      const error = worstRelative(own.carry[parameter]?.data ?? [], data)
      expect.soft(error, parameter).toBeLessThanOrEqual(runTolerance[precision])
    }
  })
})

/** The reference with every step a thousandth too short. */
function shortStepped(): Backend {
  const reference = referenceBackend()
  return {
    ...reference,
    compile: async (program, constants) => {
      const executable = await reference.compile(program, constants)
      return {
        ...executable,
        scan: async (before, xs) => {
          const { carry, ys } = await executable.scan(before, xs)
          for (const [key, { data }] of Object.entries(carry)) {
            for (const [i, value] of data.entries()) data[i] = value - 1e-3 * (value - (before[key]?.data[i] ?? 0))
          }
          return { carry, ys }
        },
      }
    },
  }
}

describe('the measure', () => {
  test('finds nothing between the reference and itself, and a step that is a thousandth too short', async () => {
    const arm = noiseArm({}, 'float32')
    expect((await lockstepErrors(referenceBackend(), arm)).every(({ error }) => error === 0)).toBe(true)
    const found = await lockstepErrors(shortStepped(), arm)
    expect(found.filter(({ error }) => error > stepTolerance.float32)).toHaveLength(4 * 6)
    expect(found[0]?.error).toBeCloseTo(1e-3, 4)
  })

  test.each(clippingArms)('%s is at work: without it training is another', async (_, changes) => {
    const free = await trainWhole(referenceBackend(), noiseArm({}, 'float64'), noiseDataset)
    const clipped = await trainWhole(referenceBackend(), noiseArm(changes, 'float64'), noiseDataset)
    expect(worstRelative(clipped.record.losses.slice(1), free.record.losses.slice(1))).toBeGreaterThan(1e-3)
  })
})
