/** Limits of traces come from the rounding of the very step: formulas that are nearly right stand out of it. */
import { describe, expect, it } from 'vitest'
import { checkTrace } from '../src/compare/steps/trace-check.js'
import { makeTrace } from '../src/compare/steps/trace.js'
import type { TrainingPlan } from '../src/plan/plan.js'
import type { Safetensors } from '../src/records/safetensors.js'
import { referenceBackend } from '../src/reference/backend.js'
import { smallPlan } from './check-subjects.js'

const norm = (epsilon: number) => ({
  model: {
    layers: [
      { type: 'flatten' },
      { type: 'dense', units: 8 },
      { type: 'batchNorm', epsilon },
      { type: 'activation' },
      { type: 'dense', units: 10 },
    ],
  },
})

/** Steps as one experiment makes them, handed on as those of another. */
async function passedOff(made: TrainingPlan, as: TrainingPlan): Promise<Safetensors> {
  const { tensors } = await makeTrace(made, referenceBackend(), 2)
  const { metadata } = await makeTrace(as, referenceBackend(), 2)
  return { tensors, metadata }
}

describe('a trace', () => {
  it.each([0, 1, 2, 3, 4])('of the experiment itself agrees, seed %d', async (seed) => {
    const plan = smallPlan({ ...norm(1e-5), activation: 'relu', seed })
    expect(checkTrace(plan, await passedOff(plan, plan))).toMatchObject({ verdict: 'agree', findings: [] })
  })

  it.each([0, 1, 2])('with GELU by tanh in place of GELU does not, seed %d', async (seed) => {
    const [gelu, byTanh] = ['gelu', 'geluTanh'].map((type) => smallPlan({ activation: { type }, seed }))
    if (gelu === undefined || byTanh === undefined) throw new Error('no plans')
    const { verdict, findings } = checkTrace(gelu, await passedOff(byTanh, gelu))
    expect(verdict).toBe('disagree')
    expect(findings[0]?.sentence).toContain('"activation" geluTanh gives')
    expect(findings[0]).toMatchObject({ layer: 'activation1', stage: 'forward' })
  })

  it('with the batch of the next step is told by that', async () => {
    const plan = smallPlan()
    const whole = await passedOff(plan, plan)
    const swapped = Object.fromEntries(
      Object.entries(whole.tensors).map(([name, value]) => {
        const other = name.replace(/^step\/[01]\/(loss|gradient)/, (text) =>
          text.replace(/[01]/, (n) => String(1 - Number(n))),
        )
        return [name, other === name ? value : (whole.tensors[other] ?? value)]
      }),
    )
    const { findings } = checkTrace(plan, { ...whole, tensors: swapped })
    expect(findings.length).toBeGreaterThan(0)
  })

  it('with another epsilon in batch normalisation does not', async () => {
    const [right, wrong] = [smallPlan(norm(1e-5)), smallPlan(norm(2e-5))]
    expect(checkTrace(right, await passedOff(wrong, right)).verdict).toBe('disagree')
  })
})
