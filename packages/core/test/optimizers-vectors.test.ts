/**
 * Every optimizer that is part of the program against PyTorch's and Keras's own, in float64: `vectors/optimizers.py` made
 * the numbers. Muon's are of its formula, since PyTorch computes it in bfloat16 and Keras its norm in float32.
 */
import { expect, test } from 'vitest'
import { builtins } from '../src/registry/builtins.js'
import { initial, runOptimizer, runSteps, specOf, start } from './optimizer-run.js'
import vectors from './vectors/optimizers.json' with { type: 'json' }
import { optimizersHeldElsewhere } from './held-elsewhere.js'

/** Numbers below this are 0 beside those that they are made of. */
const FLOOR = 1e-4

/** The largest relative difference. */
function largest(got: ArrayLike<number>, expected: readonly number[]): number {
  const errors = expected.map((value, i) => Math.abs(Number(got[i]) - value) / Math.max(FLOOR, Math.abs(value)))
  return Math.max(...errors)
}

function gradient(t: number, i: number): number {
  return vectors.gradients[t - 1]?.[i] ?? Number.NaN
}

test('the vectors begin where the tests do', () => {
  expect(vectors.start).toEqual(start)
})

test.each(vectors.cases.map(({ settings, parameters }) => [settings, parameters] as const))(
  '%j is within 1e-12 for twenty steps',
  async (settings, expected) => {
    const { parameters } = await runOptimizer(specOf(settings), 'float64', gradient)
    for (const [step, values] of Object.entries(expected)) {
      expect(largest(parameters[Number(step) - 1] ?? [], values), `step ${step}`).toBeLessThan(1e-12)
    }
  },
)

test.each(vectors.bySteps.map(({ settings, steps }) => [settings, steps] as const))(
  '%j is within 1e-12 in every step from the state before it',
  async (settings, steps) => {
    const spec = specOf(settings)
    const runs = steps.map(async ({ parameter, state, after }, i) => {
      const from = { ...initial(spec), ...state, parameter }
      const { parameters } = await runSteps(spec, 'float64', { from, first: i + 1, count: 1 }, gradient)
      return largest(parameters[0] ?? [], after)
    })
    expect(Math.max(...(await Promise.all(runs)))).toBeLessThan(1e-12)
  },
)

test('no optimizer is left out but those of held-elsewhere.ts', () => {
  const held = [...vectors.cases, ...vectors.bySteps].map(({ settings }) => settings.type)
  const inPrograms = Object.entries(builtins.optimizers).filter(([, { runs }]) => runs === 'program')
  const left = inPrograms.map(([name]) => name).filter((name) => !held.includes(name))
  expect(left.toSorted()).toEqual(Object.keys(optimizersHeldElsewhere).toSorted())
})
