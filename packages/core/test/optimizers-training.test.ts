/**
 * A hundred steps of every optimizer, and of averages of weights, against PyTorch's and Keras's own: in float64, from the
 * same weights on the same batches. `vectors/optimizers_training.py` made the numbers.
 */
import { expect, test } from 'vitest'
import { builtins } from '../src/registry/builtins.js'
import type { EndEvent } from '../src/run/events.js'
import type { TensorMap } from '../src/tensor.js'
import { controlPlan, trained } from './control-plan.js'
import vectors from './vectors/optimizers-training.json' with { type: 'json' }
import { optimizersHeldElsewhere } from './held-elsewhere.js'

type Weights = Readonly<Record<string, readonly number[]>>

/** The largest difference of weights, each beside the largest of its tensor. */
function largest(got: TensorMap, expected: Weights): number {
  const errors = Object.entries(expected).flatMap(([name, values]) => {
    const scale = Math.max(...values.map(Math.abs))
    return values.map((value, i) => Math.abs(Number(got[name]?.data[i]) - value) / scale)
  })
  return Math.max(...errors)
}

async function endOf(changes: Readonly<Record<string, unknown>>): Promise<EndEvent> {
  const end = (await trained(controlPlan(changes))).at(-1)
  if (end?.type !== 'end') throw new Error('no end')
  return end
}

test.each(vectors.optimizers.map(({ optimizer, weights }) => [optimizer, weights] as const))(
  'a hundred steps with %j end within 1e-10',
  async (optimizer, weights) => {
    const { carry } = await endOf({ optimizer })
    expect(largest(carry, weights)).toBeLessThan(1e-10)
  },
)

test.each(vectors.averages.map(({ averaging, weights }) => [averaging, weights] as const))(
  'the average %j of a hundred steps is within 1e-10',
  async (averaging, weights) => {
    const { chosen } = await endOf({ optimizer: { type: 'adam', learningRate: 0.02 }, averaging })
    expect(largest(chosen, weights)).toBeLessThan(1e-10)
  },
)

test('no optimizer is left out but those of held-elsewhere.ts', () => {
  const held = vectors.optimizers.map(({ optimizer }) => optimizer.type)
  const left = Object.keys(builtins.optimizers).filter((name) => !held.includes(name))
  // LBFGS has vectors of its own.
  expect(left.toSorted()).toEqual([...Object.keys(optimizersHeldElsewhere), 'lbfgs'].toSorted())
})
