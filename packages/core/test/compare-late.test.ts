/** Faults that begin late in a training, in what the optimizer keeps: the parameters show them only long after. */
import { describe, expect, it } from 'vitest'
import { checkExperiment } from '../src/compare/check.js'
import { loopBackend } from '../src/compare/operations/disturbed.js'
import { followTrajectory } from '../src/compare/runs/trajectory.js'
import { referenceBackend } from '../src/reference/backend.js'
import type { Tensor, TensorMap } from '../src/tensor.js'
import { checkOf, mapped, smallPlan, spoiled } from './check-subjects.js'

const plan = smallPlan({ optimizer: { type: 'adam', learningRate: 1e-5 } })
const STATE = 'dense2.weight/v'

/** The state of a carry with the sum of its elements, which grow: none of them is below zero. */
function stateOf(carry: TensorMap): readonly [Tensor, number] {
  const state = carry[STATE]
  if (state === undefined) throw new Error(`there is no ${STATE}`)
  return [state, Array.from(state.data).reduce((sum, value) => sum + value, 0)]
}

/** A backend that hands on that state too large, from so many steps on. */
async function faultyAfter(steps: number, factor: number) {
  const { probes } = await followTrajectory({ backend: referenceBackend(), plan, steps, probes: [steps] })
  const [, least] = stateOf(probes[0]?.carry ?? {})
  return spoiled('faulty', ({ result }) => {
    if (result.carry[STATE] === undefined) return result
    const [state, sum] = stateOf(result.carry)
    return sum <= least ? result : { ...result, carry: { ...result.carry, [STATE]: mapped(state, (x) => factor * x) } }
  })
}

describe('a state that is wrong from the twentieth step on', () => {
  it('is no fault of the first steps, and found in a single step late in training', async () => {
    const faulty = await faultyAfter(20, 1.0003)
    const early = await checkExperiment(checkOf(plan, [referenceBackend(), faulty], ['ops', 'step']))
    expect(early).toMatchObject({ verdict: 'agree', findings: [] })
    const report = await checkExperiment(checkOf(plan, [referenceBackend(), faulty], ['run']))
    expect(report.verdict).toBe('disagree')
    expect(report.findings).toMatchObject([
      { mode: 'run', kind: 'state', backend: 'faulty', stage: 'state', layer: 'dense2.weight', tensor: STATE },
    ])
    expect(report.findings[0]?.step).toBeGreaterThanOrEqual(20)
    expect(report.arms[0]?.judgements.run?.reason).toBe(report.findings[0]?.sentence)
  })

  it('is within the tolerance where it is off by less', async () => {
    const report = await checkExperiment(checkOf(plan, [referenceBackend(), await faultyAfter(20, 1.00005)], ['run']))
    expect(report).toMatchObject({ verdict: 'agree', findings: [] })
  })
})

describe('sums in other orders', () => {
  it.each(['adam', 'rprop', 'lion', 'adadelta'])('are no fault of late steps with %s', async (type) => {
    const subject = smallPlan({ optimizer: { type } })
    const report = await checkExperiment(checkOf(subject, [referenceBackend(), loopBackend(4)], ['run']))
    expect(report.findings.filter(({ severity }) => severity === 'fault')).toEqual([])
  })
})
