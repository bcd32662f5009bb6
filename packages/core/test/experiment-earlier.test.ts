/** Experiments as they were written before there were tasks: every field of then is one of today. */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { parseArmSpec } from '../src/experiment/experiment.js'
import { type ArmSpec, builtins, ExperimentError, parseExperiment } from '../src/index.js'
import { smallDocument } from './noise-dataset.js'

function armOf(changes: Record<string, unknown>, name = 'default'): ArmSpec {
  const arm = parseExperiment(smallDocument(changes)).arms[name]
  if (arm === undefined) throw new Error(`no arm ${name}`)
  return arm
}

/** `data.testScale: raw` in today's words. */
const tables = { test: { encodings: { image: { kind: 'numbers' } } }, unit: { of: 'test' } }

describe('a field of then', () => {
  it.each([
    ['data.testScale of raw', { data: { dataset: 'noise', testScale: 'raw' } }, { data: { dataset: 'noise', tables } }],
    ['data.testScale of unit', { data: { dataset: 'noise', testScale: 'unit' } }, { data: { dataset: 'noise' } }],
    [
      'probes.trainAccuracy',
      { probes: { trainAccuracy: true, every: 3 } },
      { probes: { trainMetric: true, every: 3 } },
    ],
    ['goal.testAccuracy', { goal: { testAccuracy: 0.9 } }, { goal: { atLeast: 0.9 } }],
    ['loss as a name', { loss: 'softmaxCrossEntropy' }, { loss: { type: 'softmaxCrossEntropy' } }],
    [
      'the other name of the loss',
      { loss: 'softmaxCrossEntropyOneHot' },
      { loss: { type: 'softmaxCrossEntropyOneHot' } },
    ],
    ['no loss and no task', {}, { task: { type: 'classification' }, loss: { type: 'softmaxCrossEntropy' } }],
  ])('%s', (_, then, today) => {
    expect(armOf(then)).toEqual(armOf(today))
  })

  it('in the patch of an arm and in an override', () => {
    const patched = armOf({ arms: { raw: { data: { testScale: 'raw' }, goal: { testAccuracy: 0.5 } } } }, 'raw')
    expect([patched.data, patched.goal]).toEqual([{ dataset: 'noise', tables }, { atLeast: 0.5 }])
    const overrides = { data: { testScale: 'raw' }, probes: { trainAccuracy: true } }
    const { arms } = parseExperiment(smallDocument(), { overrides })
    expect(arms['default']?.data.tables).toEqual(tables)
    expect(arms['default']?.probes.trainMetric).toBe(true)
  })

  it('with a value that it never had is refused by its own name', () => {
    expect(() => armOf({ data: { dataset: 'noise', testScale: 'rew' } })).toThrow(ExperimentError)
    expect(() => armOf({ data: { dataset: 'noise', testScale: 'rew' } })).toThrow('data.testScale')
    expect(() => armOf({ goal: { testAccuracy: 'high' } })).toThrow('goal.atLeast: expected a number, got "high"')
  })
})

it('the given document stays as it is', () => {
  const document = smallDocument({ data: { dataset: 'noise', testScale: 'raw' }, goal: { testAccuracy: 0.9 } })
  const before = structuredClone(document)
  parseExperiment(document)
  expect(document).toEqual(before)
})

const fixtures = fileURLToPath(new URL('../../../test/fixtures/v1', import.meta.url))

it.each(readdirSync(`${fixtures}/experiments`))('%s reads, every arm of it', (file) => {
  const document: unknown = JSON.parse(readFileSync(`${fixtures}/experiments/${file}`, 'utf8'))
  for (const arm of Object.values(parseExperiment(document).arms)) {
    expect(arm.task).toEqual({ type: 'classification' })
    // Complete: it comes back as it is when it is read again.
    expect(parseArmSpec(arm, builtins, 'again')).toEqual(arm)
  }
})

it.each([
  [{}, 'goal: expected "atLeast" or "atMost", got neither'],
  [{ atLeast: 2, atMost: 1 }, 'goal.atLeast: expected at most "atMost", 1, got 2'],
])('the goal %j is refused: every run or none would reach it', (goal, message) => {
  expect(() => armOf({ goal })).toThrow(message)
})

it('a goal in accuracy is refused where the document says a task', () => {
  expect(() => armOf({ task: 'classification', goal: { testAccuracy: 0.9 } })).toThrow(/testAccuracy/)
  expect(armOf({ goal: { testAccuracy: 0.9 } }).goal).toEqual({ atLeast: 0.9 })
})
