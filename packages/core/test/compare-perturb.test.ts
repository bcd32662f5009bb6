import { describe, expect, it } from 'vitest'
import { perturbWeights } from '../src/compare/runs/perturb.js'
import { smallPlan } from './check-subjects.js'

const { initial, model } = smallPlan()
const bits = new Int32Array(1)
const floats = new Float32Array(bits.buffer)

/** Position among all float32 numbers of one sign. */
function ordinal(value: number): number {
  floats[0] = Math.abs(value)
  return bits[0] ?? 0
}

describe('perturbWeights', () => {
  const changed = perturbWeights(initial, model, 7)

  it('moves every weight by exactly one unit in the last place, about half of them up', () => {
    let [up, total] = [0, 0]
    for (const { name } of model.parameters) {
      const [before, after] = [initial[name]?.data ?? [], changed[name]?.data ?? []]
      for (const [i, value] of Array.from(before).entries()) {
        const step = ordinal(after[i] ?? 0) - ordinal(value)
        expect(Math.abs(step)).toBe(1)
        if (step > 0) up++
        total++
      }
    }
    expect(total).toBe(16 * 8 + 8 + 8 * 10 + 10)
    expect(up / total).toBeGreaterThan(0.35)
    expect(up / total).toBeLessThan(0.65)
  })

  it('leaves the optimizer alone, and what it was given', () => {
    for (const name of Object.keys(initial).filter((key) => key.includes('/')))
      expect(changed[name]).toBe(initial[name])
    expect(initial).toEqual(smallPlan().initial)
  })

  it('depends on the seed and on nothing else', () => {
    expect(perturbWeights(initial, model, 7)).toEqual(changed)
    expect(perturbWeights(initial, model, 8)).not.toEqual(changed)
  })
})
