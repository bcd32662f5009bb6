/** Averages of weights: against PyTorch's and Keras's, and what of a training looks at them. */
import { describe, expect, it, test } from 'vitest'
import { Builder } from '../src/ir/builder.js'
import type { ArmSpec } from '../src/experiment/arm.js'
import { shareAt } from '../src/optimize/averaging.js'
import { averageAll, averageShares } from '../src/plan/averages.js'
import { CompiledPlan } from '../src/plan/compiled.js'
import { names } from '../src/plan/names.js'
import type { TrainingPlan } from '../src/plan/plan.js'
import { referenceBackend } from '../src/reference/backend.js'
import type { Spec } from '../src/registry/settings.js'
import type { EndEvent, RunEvent } from '../src/run/events.js'
import { evaluateTable } from '../src/run/evaluation.js'
import { train } from '../src/run/runner.js'
import { tensor, type TensorMap } from '../src/tensor.js'
import { smallPlan } from './check-subjects.js'
import vectors from './vectors/averaging.json' with { type: 'json' }

const size = vectors.weights[0]?.length ?? 0
const steps = vectors.weights.length

function armWith(averaging: Readonly<Record<string, unknown>>): ArmSpec {
  return smallPlan({ averaging, precision: 'float64' }).arm
}

/** The average after each step, where a training leaves these weights. */
async function averagesOf(arm: ArmSpec): Promise<number[][]> {
  const b = new Builder('average')
  const weights = b.xs('weights', { dtype: 'float64', shape: [size] })
  const { model, accumulation } = smallPlan()
  const [first] = model.parameters
  if (first === undefined) throw new Error('no parameter')
  const source = { arm, model: { ...model, parameters: [first] } }
  const average = names.average(first.name)
  const after = averageAll(b, source, { [first.name]: weights })
  const executable = await referenceBackend().compile(
    b.finish({ carry: after, ys: { after: Object.values(after)[0] ?? weights } }),
    {},
  )
  const before = { [average]: tensor('float64', [size], new Float64Array(size)) }
  const xs = {
    weights: tensor('float64', [steps, size], vectors.weights.flat()),
    ...averageShares({ arm, accumulation }, 0, steps),
  }
  const all = Array.from((await executable.scan(before, xs)).ys['after']?.data ?? [])
  return vectors.weights.map((_, step) => all.slice(step * size, (step + 1) * size))
}

test.each(vectors.cases.map(({ averaging, averages }) => [averaging, averages] as const))(
  '%j is within 1e-12 for twenty steps',
  async (averaging, expected) => {
    const got = await averagesOf(armWith(averaging))
    const errors = expected.flatMap((row, t) => row.map((value, i) => Math.abs(Number(got[t]?.[i]) / value - 1)))
    expect(errors).toHaveLength(steps * size)
    expect(Math.max(...errors)).toBeLessThan(1e-12)
  },
)

test('the average follows the weights until it starts, and takes in one of so many', () => {
  const spec: Spec = { type: 'mean', start: 3, every: 2 }
  expect([1, 2, 3, 4, 5, 6, 7, 8].map((t) => shareAt(spec, t))).toEqual([1, 1, 1, 1, 0, 1 / 2, 0, 1 / 3])
})

async function eventsOf(plan: TrainingPlan): Promise<RunEvent[]> {
  const events: RunEvent[] = []
  for await (const event of train({ plan, backend: referenceBackend() })) events.push(event)
  return events
}

function endOf(events: readonly RunEvent[]): EndEvent {
  const end = events.at(-1)
  if (end?.type !== 'end') throw new Error('no end')
  return end
}

/** Losses and gradients, which the average must not touch. */
function trainingOf(events: readonly RunEvent[]) {
  const losses = events.flatMap((event) => (event.type === 'steps' ? event.losses : []))
  const probes = events.flatMap((event) => (event.type === 'probes' ? event.probes : []))
  return { losses, gradients: probes.filter(({ quantity }) => quantity === 'gradientNorm') }
}

function parametersOf({ model }: TrainingPlan, tensors: TensorMap): TensorMap {
  return Object.fromEntries(model.parameters.flatMap(({ name }) => (tensors[name] ? [[name, tensors[name]]] : [])))
}

describe('a training with an average', () => {
  const layers = [
    { type: 'flatten' },
    { type: 'dense', units: 8 },
    { type: 'batchNorm' },
    { type: 'activation' },
    { type: 'dense', units: 10 },
  ]
  const changes = { model: { layers }, probes: { every: 2 } }
  const averaging = { type: 'ema', decay: 0.5 }

  it('trains as without it, to the bit', async () => {
    const plan = smallPlan({ ...changes, averaging })
    const [plain, averaged] = await Promise.all([eventsOf(smallPlan(changes)), eventsOf(plan)])
    expect(trainingOf(averaged)).toEqual(trainingOf(plain))
    expect(endOf(averaged).trained).toEqual(endOf(plain).chosen)
    expect(endOf(plain).trained).toBeUndefined()
  })

  it('is evaluated with the average, and keeps both', async () => {
    const plan = smallPlan({ ...changes, averaging })
    const { chosen, trained = {}, carry, finals } = endOf(await eventsOf(plan))
    const averages = plan.model.parameters.map(({ name }) => [name, carry[names.average(name)]])
    expect(parametersOf(plan, chosen)).toEqual(Object.fromEntries(averages))
    expect(parametersOf(plan, trained)).toEqual(parametersOf(plan, carry))
    expect(parametersOf(plan, chosen)).not.toEqual(parametersOf(plan, trained))
    // States of layers are no parameters: they are those of the last step, as PyTorch keeps them.
    for (const { name } of plan.model.states) expect(chosen[name]).toEqual(carry[name])
    const compiled = new CompiledPlan(smallPlan(changes), referenceBackend())
    expect(await evaluateTable(compiled, chosen, 'test')).toEqual(finals['test'])
    await compiled.close()
  })

  it('looks at the average of asgd where it is asked to', async () => {
    const optimizer = { type: 'asgd', learningRate: 0.1, t0: 2 }
    const plan = smallPlan({ optimizer, averaging: { type: 'own' } })
    const { chosen, carry } = endOf(await eventsOf(plan))
    const averages = plan.model.parameters.map(({ name }) => [name, carry[names.state(name, 'average')]])
    expect(parametersOf(plan, chosen)).toEqual(Object.fromEntries(averages))
    const plain = endOf(await eventsOf(smallPlan({ optimizer })))
    expect(plain.chosen).toEqual(parametersOf(plan, carry))
  })
})

test.each([
  [{ averaging: { type: 'own' } }, 'averaging.type: expected another type: the optimizer "adam" keeps no average'],
  [
    { averaging: { type: 'ema' }, optimizer: { type: 'lbfgs' } },
    'averaging: expected no such field: the optimizer "lbfgs" updates on the host, got "ema"',
  ],
  [{ averaging: { type: 'ema', decay: 1 } }, 'averaging.decay: expected less than 1, got 1'],
])('%j is refused', (changes, message) => {
  expect(() => smallPlan(changes)).toThrow(message)
})
