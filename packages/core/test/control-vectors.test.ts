/**
 * Schedules, parameter groups and accumulated gradients against PyTorch's own, trained in float64 from the same weights on
 * the same batches: `vectors/control.py` made the numbers.
 */
import { expect, test } from 'vitest'
import { builtins } from '../src/registry/builtins.js'
import { learningRates } from '../src/plan/scalars.js'
import type { RunEvent, TrainingPlan } from '../src/index.js'
import { controlPlan, dataset, trained } from './control-plan.js'
import vectors from './vectors/control.json' with { type: 'json' }
import given from './vectors/control-given.json' with { type: 'json' }

type Weights = Readonly<Record<string, readonly number[]>>

/** The largest relative difference of weights after a training, each beside the largest of its tensor. */
function largest(events: readonly RunEvent[], expected: Weights): number {
  const end = events.findLast((event) => event.type === 'end')
  const errors = Object.entries(expected).flatMap(([name, values]) => {
    const scale = Math.max(...values.map(Math.abs))
    return values.map((value, i) => Math.abs(Number(end?.carry[name]?.data[i]) - value) / scale)
  })
  return Math.max(...errors)
}

/** The learning rate of every update as the record has it, which keeps changes alone. */
function ratesOf(events: readonly RunEvent[], updates: number): number[] {
  const series = events.flatMap((event) => (event.type === 'steps' ? (event.learningRates ?? []) : []))
  const steps = series.flatMap((one) => one.steps)
  const values = series.flatMap((one) => one.values)
  return Array.from({ length: updates }, (_, step) => Number(values[steps.findLastIndex((at) => at <= step)]))
}

test('the vectors are of the same data, weights and batches', () => {
  const plan: TrainingPlan = controlPlan()
  expect(Array.from(dataset.splits.train.columns['x']?.data ?? [])).toEqual(given.x)
  expect(Array.from(dataset.splits.train.columns['y']?.data ?? [])).toEqual(given.y)
  for (const [name, { values }] of Object.entries(given.weights)) {
    expect(Array.from(plan.initial[name]?.data ?? [])).toEqual(values)
  }
  expect(given.rows.map((_, first) => Array.from(plan.rows({ first, count: 1 }).data))).toEqual(given.rows)
})

test.each(vectors.schedules.map((one) => [one.schedule, one.optimizer.type, one] as const))(
  'a hundred steps with %j and %s end within 1e-10',
  async (schedule, _, { optimizer, rates, weights }) => {
    const events = await trained(controlPlan({ schedule, optimizer }))
    const got = ratesOf(events, rates.length)
    const errors = rates.map((rate, i) => Math.abs(Number(got[i]) - rate) / optimizer.learningRate)
    expect(Math.max(...errors)).toBeLessThan(1e-12)
    expect(largest(events, weights)).toBeLessThan(1e-10)
  },
)

test.each(vectors.groups.map((one) => [one.groups, one] as const))(
  'twenty steps with the groups %j end within 1e-12',
  async (groups, { optimizer, weights }) => {
    const events = await trained(controlPlan({ groups, optimizer, epochs: 4 }))
    expect(largest(events, weights)).toBeLessThan(1e-12)
  },
)

test.each(vectors.accumulation.map((one) => [one.accumulate, one.optimizer.type, one] as const))(
  'a hundred batches, %d an update, with %s end within 1e-10',
  async (accumulate, _, { optimizer, more, weights }) => {
    const events = await trained(controlPlan({ accumulate, optimizer, ...more }))
    expect(largest(events, weights)).toBeLessThan(1e-10)
  },
)

// The steps of Rprop are its own: it takes no schedule.
const inPrograms = Object.entries(builtins.optimizers).filter(
  ([name, { runs }]) => runs === 'program' && name !== 'rprop',
)

test.each(
  inPrograms.flatMap(([type, { settings }]) =>
    'formulation' in (settings ?? {}) ? [{ type }, { type, formulation: 'keras' }] : [{ type }],
  ),
)('%j trains with a schedule', async (optimizer) => {
  const events = await trained(controlPlan({ optimizer, schedule: { type: 'cosine' }, epochs: 1 }))
  expect(ratesOf(events, 5)[4]).toBeLessThan(Number(ratesOf(events, 5)[0]))
})

test('a frozen layer keeps its bits', async () => {
  const plan = controlPlan({ groups: [{ match: 'dense1', frozen: true }] })
  const end = (await trained(plan)).findLast((event) => event.type === 'end')
  expect(end?.carry['dense1.weight']?.data).toEqual(plan.initial['dense1.weight']?.data)
  expect(end?.carry['dense2.weight']?.data).not.toEqual(plan.initial['dense2.weight']?.data)
  expect(Object.keys(end?.carry ?? {})).not.toContain('dense1.weight/velocity')
})

test('schedules take their updates, and epochs, as accumulation makes them', () => {
  const plan = controlPlan({ accumulate: 2, schedule: { type: 'exponential', gamma: 0.5, by: 'step' } })
  const { all } = learningRates(plan, 0, 6) ?? {}
  expect(all).toEqual([0.1, 0.1, 0.05, 0.05, 0.025, 0.0125])
})

test('groups of one learning rate are one series', () => {
  const schedule = { type: 'exponential', gamma: 0.5 }
  const decay = { match: '*.bias', optimizer: { weightDecay: 0.1 } }
  expect(Object.keys(learningRates(controlPlan({ schedule, groups: [decay] }), 0, 1) ?? {})).toEqual(['all'])
  const slower = { match: 'dense1', learningRate: 0.01 }
  const rates = learningRates(controlPlan({ groups: [decay, slower] }), 0, 1)
  expect(rates).toEqual({ 'dense1, *.bias': [0.01], 'others, *.bias': [0.1] })
})
