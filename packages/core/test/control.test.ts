/** Early stopping, time limits and what is kept: against closed forms and Keras's rule, and over a resume at every step. */
import { describe, expect, test } from 'vitest'
import { parseDuration } from '../src/experiment/durations.js'
import {
  builtins,
  InputError,
  optimizer,
  planFor,
  recordOf,
  referenceBackend,
  stringifyDocument,
  train,
  z,
} from '../src/index.js'
import { checkExtension } from '../src/conformance/extensions.js'
import { compareRuns } from '../src/compare/records/agreement.js'
import type { RunEvent } from '../src/index.js'
import { controlRules, initialControl, learnControl, stopsBy } from '../src/plan/control.js'
import { controlPlan, dataset, document, recordFor, trained } from './control-plan.js'
import { parseExperiment } from '../src/experiment/experiment.js'

/** Epochs that early stopping lets a training of these losses have. */
function epochsOf(losses: readonly number[], earlyStopping: object): number {
  const rules = controlRules(controlPlan({ earlyStopping }))
  let state = initialControl(rules)
  for (const [epoch, trainLoss] of losses.entries()) {
    state = learnControl(rules, state, { trainLoss, evaluations: {} })
    if (stopsBy(rules, state)) return epoch + 1
  }
  return losses.length
}

describe('early stopping', () => {
  // keras.callbacks.EarlyStopping: wait += 1 unless loss + min_delta < best, stop at wait >= patience.
  test.each([
    [{ patience: 1 }, [3, 2, 2, 1], 3],
    [{ patience: 2 }, [3, 2, 2.5, 1.9, 2, 2, 1], 6],
    [{ patience: 2, minChange: 0.5 }, [3, 2.6, 2.6, 1], 3],
    [{ patience: 2, minChange: 0.5 }, [3, 2.4, 2, 1.8, 1.85, 1], 6],
    [{ patience: 1 }, [Number.NaN, 1, 2], 1],
    [{ patience: 3 }, [3, 2, 1], 3],
  ])('%j of the losses %j ends after %d epochs', (settings, losses, epochs) => {
    expect(epochsOf(losses, settings)).toBe(epochs)
  })

  test('restores the weights of the best epoch, and says where the training stopped', async () => {
    const earlyStopping = { patience: 2, monitor: 'test/loss', restoreBest: true }
    const record = await recordFor({ earlyStopping, optimizer: { type: 'sgd', learningRate: 1.2 }, epochs: 200 })
    const losses = record.epochs.map(({ evaluations }) => Number(evaluations['test']?.loss))
    const best = losses.indexOf(Math.min(...losses))
    expect(record.chosenEpoch).toBe(best)
    expect(record.epochs).toHaveLength(best + 3)
    expect(record.end).toEqual({ reason: 'stopped', stopped: { rule: 'earlyStopping', step: 5 * (best + 3) } })
    expect(record.finals['test']?.loss).toBe(losses[best])
    expect(record.losses).toHaveLength(5 * record.epochs.length)
  })

  test('keeps both the best and the last', async () => {
    const earlyStopping = { patience: 1, monitor: 'test/loss', restoreBest: true }
    const fast = { type: 'sgd', learningRate: 1.2 }
    const events = await trained(controlPlan({ earlyStopping, optimizer: fast, keep: 'both', epochs: 200 }))
    const end = events.findLast((event) => event.type === 'end')
    expect(end?.last?.['dense1.weight']).toEqual(end?.carry['dense1.weight'])
    expect(end?.last?.['dense1.weight']).not.toEqual(end?.chosen['dense1.weight'])
  })
})

test('a time limit ends within an epoch, which is evaluated as far as it came', async () => {
  const record = await recordFor({ timeLimit: 1e-9, epochs: 3 })
  expect(record.end).toEqual({ reason: 'stopped', stopped: { rule: 'timeLimit', step: 1 } })
  expect(record.epochs.map(({ steps }) => steps)).toEqual([1])
  expect(record.losses).toHaveLength(1)
  expect(record.chosenEpoch).toBe(0)
})

test('what uses no control has none of its fields', async () => {
  const text = stringifyDocument(await recordFor({ epochs: 1 }))
  for (const name of ['stopped', 'learningRates', 'control', 'schedule', 'groups', 'accumulate', 'keep']) {
    expect(text).not.toContain(`"${name}":`)
  }
})

function withoutSeconds(events: readonly RunEvent[]): string {
  return stringifyDocument(recordOf(events)).replace(/"seconds": [^,\n]+/g, '"seconds": 0')
}

test('a resume at any step, in patience and between the batches of an update, gives the same record', async () => {
  const plan = controlPlan({
    schedule: { type: 'plateau', patience: 1, factor: 0.5, threshold: 0.2, cooldown: 1, warmup: { steps: 3 } },
    earlyStopping: { patience: 4, minChange: 0.01 },
    groups: [{ match: '*.bias', optimizer: { momentum: 0 } }],
    accumulate: 3,
  })
  const whole = await trained(plan, { checkpointEvery: 1 })
  for (const [i, event] of whole.entries()) {
    if (event.type !== 'checkpoint') continue
    const rest: RunEvent[] = []
    // oxlint-disable-next-line no-await-in-loop -- one resume after the other
    for await (const next of train({ plan, backend: referenceBackend(), from: event.state })) rest.push(next)
    expect(withoutSeconds([...whole.slice(0, i), ...rest])).toBe(withoutSeconds(whole))
  }
})

test.each([
  ['90', 90],
  ['10m', 600],
  ['1.5h', 5400],
  ['1h30m', 5400],
  ['2s', 2],
  ['0', undefined],
  ['0m', undefined],
  ['10 m', undefined],
  ['soon', undefined],
  ['1d', undefined],
])('the duration "%s" is %s seconds', (text, seconds) => {
  expect(parseDuration(text)).toBe(seconds)
})

/** The message on a document, or on its plan. */
function refusal(changes: Record<string, unknown>): string {
  try {
    controlPlan(changes)
  } catch (error) {
    if (error instanceof InputError) return error.message
  }
  return ''
}

describe('is refused', () => {
  test.each([
    [{ schedule: { type: 'cosine', length: 0 } }, 'schedule.length: expected at least 1, got 0'],
    [
      { schedule: { type: 'multiStep', milestones: [3, 3] } },
      'schedule.milestones: expected positions in ascending order',
    ],
    [{ schedule: { type: 'piecewise', boundaries: [3], factors: [1] } }, 'one more of "factors" than of "boundaries"'],
    [{ schedule: 'cosin' }, 'nearest: "cosine"'],
    [{ schedule: { type: 'plateau', by: 'step' } }, 'schedule.by: expected no such field'],
    [{ schedule: { type: 'plateau', monitor: 'validation/loss' } }, 'There are: train/loss, test/loss'],
    [{ schedule: 'cosine', optimizer: { type: 'rprop' } }, 'has no learning rate that counts after its first step'],
    [{ groups: [{ match: 'dens1', frozen: true }] }, 'groups[0].match: expected the name of a parameter or a layer'],
    [{ groups: [{ match: 'dens1', frozen: true }] }, 'did you mean "dense1"?'],
    [{ groups: [{ match: '*', frozen: true }] }, 'nothing would be trained'],
    [{ groups: [{ match: '*' }] }, '"learningRate", "optimizer" or "frozen" beside "match"'],
    [{ groups: [{ match: '*', optimizer: { momentun: 1 } }] }, 'did you mean "momentum"?'],
    [{ groups: [{ match: '*', optimizer: { type: 'adam' } }] }, 'groups differ in settings of one optimizer'],
    [{ groups: [{ match: '*', optimizer: { momentum: 1 } }] }, 'groups[0].optimizer.momentum: expected less than 1'],
    [{ accumulate: 2, optimizer: { type: 'lbfgs' } }, 'accumulate: expected no such field: the optimizer "lbfgs"'],
    [{ groups: [{ match: '*', learningRate: 1 }], optimizer: { type: 'lbfgs' } }, 'groups: expected no such field'],
    [{ earlyStopping: { patience: 0 } }, 'earlyStopping.patience: expected at least 1, got 0'],
    [{ earlyStopping: { patience: 1, monitor: 'loss' } }, 'earlyStopping.monitor: expected a figure of an epoch'],
    [{ timeLimit: 'soon' }, 'timeLimit: expected seconds, or a duration such as "90s"'],
    [{ keep: 'best' }, 'keep: expected "data.validation", a fraction to hold back'],
  ])('%j', (changes, message) => {
    expect(refusal(changes)).toContain(message)
  })
})

test('a document with everything comes back as it was', () => {
  const { arms } = parseExperiment(
    document({ schedule: 'oneCycle', timeLimit: '2m', earlyStopping: { patience: 3 }, accumulate: 2, keep: 'last' }),
  )
  expect(arms['default']).toMatchObject({ schedule: { type: 'oneCycle' }, timeLimit: 120 })
  expect(parseExperiment(arms['default']).arms['default']).toEqual(arms['default'])
})

test('an optimizer whose update reads the learning rate itself breaks a law, and is refused with a schedule', async () => {
  const reading = {
    optimizers: {
      reading: optimizer({
        runs: 'program',
        settings: { learningRate: z._default(z.number(), 0.1) },
        state: () => ({}),
        scalars: ({ learningRate }) => ({ half: learningRate / 2 }),
        update: ({ b, settings, parameter, gradient }) => {
          const { learningRate } = settings as unknown as { readonly learningRate: number }
          return { parameter: b.sub(parameter, b.mul(gradient, b.constant(learningRate, 'float64'))), state: {} }
        },
      }),
    },
  }
  const results = await checkExtension(builtins, reading)
  const broken = results.filter(({ ok, law }) => !ok && law === 'schedule')
  expect(broken.map(({ detail }) => detail)).toEqual([expect.stringContaining('reads settings.learningRate')])
  const registry = builtins.extend(reading)
  const { arms } = parseExperiment(document({ optimizer: { type: 'reading' }, schedule: 'cosine' }), { registry })
  const [arm] = Object.values(arms)
  if (arm === undefined) throw new Error('no arm')
  const plan = planFor({ armName: 'default', arm, dataset, registry })
  expect(() => plan.program('train')).toThrow(/optimizer "reading": update\(\) reads settings.learningRate/)
})

test('runs that were stopped at different steps are compared, and it is said', async () => {
  const [long, short] = [await recordFor({ epochs: 2 }), await recordFor({ epochs: 2, timeLimit: 1e-9 })]
  const agreement = compareRuns(long, { ...short, backend: 'other' })
  expect(agreement.verdict).not.toBe('disagree')
  expect(agreement.earlyLoss.ok).toBe(true)
  expect(agreement.note).toBe(
    'reference was trained for 10 steps and other for 1 (other stopped after step 1 as its time was up): finals are those ' +
      'of trainings of different lengths',
  )
  expect(compareRuns(long, long)).not.toHaveProperty('note')
})
