import { describe, expect, test } from 'vitest'
import {
  InputError,
  recordOf,
  referenceBackend,
  type RunEvent,
  type RunRecord,
  type RunState,
  stringifyDocument,
  train,
  type TrainingPlan,
} from '../src/index.js'
import { probeSeries, valuesAt } from '../src/records/record.js'
import { judgedValueOf } from '../src/run/judged.js'
import { smallPlan } from './check-subjects.js'

function planOf(changes: Record<string, unknown> = {}): TrainingPlan {
  return smallPlan(changes, 100, 30)
}

async function eventsOf(plan: TrainingPlan): Promise<RunEvent[]> {
  const events: RunEvent[] = []
  for await (const event of train({ plan, backend: referenceBackend() })) events.push(event)
  return events
}

/** The steps at which each gradient was probed. */
function probedSteps(record: RunRecord) {
  return probeSeries(record, 'gradientNorm').map(({ steps }) => steps)
}

/** The record with every `seconds` taken out: what must be the same in every repetition. */
function timeless(record: RunRecord): string {
  return stringifyDocument(record).replace(/"seconds": [^,\n]+/g, '"seconds": 0')
}

describe('train', () => {
  test('counts steps, a partial last batch included', async () => {
    const record = recordOf(await eventsOf(planOf()))
    expect([record.steps, record.losses.length, record.epochs.length]).toEqual([14, 14, 2])
  })

  test('drops the partial last batch when told to', async () => {
    const record = recordOf(await eventsOf(planOf({ lastBatch: 'drop' })))
    expect([record.steps, record.losses.length]).toEqual([12, 12])
  })

  test('the first loss of a network with zero weights is ln 10', async () => {
    const initializers = { weights: { type: 'zeros' }, biases: { type: 'zeros' } }
    const record = recordOf(await eventsOf(planOf({ initializers, precision: 'float64' })))
    expect(record.losses[0]).toBeCloseTo(Math.log(10), 12)
  })

  test('probes the first, the last and every n-th step, in order, and leaves the training as it was', async () => {
    const probed = recordOf(await eventsOf(planOf({ probes: { every: 4 } })))
    const plain = recordOf(await eventsOf(planOf()))
    expect(probedSteps(probed)).toEqual(Array.from({ length: 4 }, () => [0, 4, 8, 12, 13]))
    expect(probedSteps(plain)).toEqual(Array.from({ length: 4 }, () => [0, 13]))
    expect(probed.losses).toEqual(plain.losses)
    expect(probeSeries(probed, 'gradientNorm').map(({ layer }) => layer)).toEqual([
      'dense1',
      'dense1',
      'dense2',
      'dense2',
    ])
  })

  test('two runs with one seed have the same record but for seconds, and another seed another', async () => {
    const [a, b, c] = [planOf(), planOf(), planOf({ seed: 1 })]
    const records = [recordOf(await eventsOf(a)), recordOf(await eventsOf(b)), recordOf(await eventsOf(c))]
    const [first, second, third] = records.map(timeless)
    expect(first).toBe(second)
    expect(first).not.toBe(third)
  })

  test('the epoch loss is the mean over samples, the partial batch weighing less', async () => {
    const record = recordOf(await eventsOf(planOf({ epochs: 1 })))
    const weights = [16, 16, 16, 16, 16, 16, 4]
    const mean = record.losses.reduce((sum, loss, i) => sum + loss * (weights[i] ?? 0), 0) / 100
    expect(record.epochs[0]?.trainLoss).toBeCloseTo(mean, 12)
  })

  test('evaluates with and without the pixels scaled', async () => {
    const unit = recordOf(await eventsOf(planOf({ epochs: 1 })))
    const raw = recordOf(await eventsOf(planOf({ epochs: 1, data: { dataset: 'noise', testScale: 'raw' } })))
    expect(raw.losses).toEqual(unit.losses)
    expect(Number(raw.finals['test']?.loss)).toBeGreaterThan(Number(unit.finals['test']?.loss))
  })

  test('limits cut the data set', async () => {
    const record = recordOf(await eventsOf(planOf({ data: { dataset: 'noise', limit: 32, testLimit: 10 } })))
    expect([record.dataset.rows, record.steps]).toEqual([{ train: 32, test: 10 }, 4])
  })

  test.each([
    [{ data: { dataset: 'noise', limit: 1000 } }, /limit: the data set has 100 samples, got a limit of 1000/],
    [{ batchSize: 101, lastBatch: 'drop' }, /no step would be trained/],
  ])('refuses what cannot be trained: %j', (change, message) => {
    expect(() => planOf(change)).toThrow(message)
    expect(() => planOf(change)).toThrow(InputError)
  })

  test('stops between two scans when its signal says so', async () => {
    const controller = new AbortController()
    const iterator = train({
      backend: referenceBackend(),
      plan: planOf({ epochs: 1000 }),
      signal: controller.signal,
    })
    const consume = async (): Promise<void> => {
      for await (const event of iterator) if (event.type === 'steps') controller.abort(new Error('enough'))
    }
    await expect(consume()).rejects.toThrow('enough')
  })
})

describe('going on from a checkpoint', () => {
  const plan = planOf({ probes: { every: 4 }, data: { dataset: 'noise', validation: 0.2 }, epochs: 3 })
  const options = { plan, backend: referenceBackend() }

  test('any checkpoint leads to the record of an undisturbed run', async () => {
    const whole = timeless(recordOf(await eventsOf(plan)))
    const events: RunEvent[] = []
    const checkpoints: { state: RunState; events: RunEvent[] }[] = []
    for await (const event of train({ ...options, checkpointEvery: 3 })) {
      if (event.type === 'checkpoint') checkpoints.push({ state: event.state, events: [...events] })
      else events.push(event)
    }
    expect(timeless(recordOf(events))).toBe(whole)
    expect(checkpoints.map(({ state }) => state.epoch * 5 + state.stepInEpoch)).toEqual([3, 6, 9, 12])
    for (const checkpoint of checkpoints) {
      const resumed = [...checkpoint.events]
      for await (const event of train({ ...options, from: checkpoint.state })) resumed.push(event)
      expect(timeless(recordOf(resumed))).toBe(whole)
    }
  })

  test('a stopped run leaves a last checkpoint where checkpoints are wanted', async () => {
    const controller = new AbortController()
    const seen: RunEvent['type'][] = []
    const consume = async (): Promise<void> => {
      for await (const event of train({ ...options, checkpointEvery: 1000, signal: controller.signal })) {
        seen.push(event.type)
        if (event.type === 'steps') controller.abort(new Error('enough'))
      }
    }
    await expect(consume()).rejects.toThrow('enough')
    expect(seen.at(-1)).toBe('checkpoint')
  })
})

/** Shares of dead and saturated units before training, with the layer. */
function firstShares(record: RunRecord) {
  const shares = [...probeSeries(record, 'dead'), ...probeSeries(record, 'saturated')]
  return shares.map((series) => [series.quantity, series.layer, valuesAt(series, 0)])
}

function fail(): never {
  throw new Error('not there')
}

/** Initial biases that push every unit to one side. */
function biases(value: number): Record<string, unknown> {
  return { initializers: { biases: { type: 'constant', value } } }
}

describe('what an experiment may ask for', () => {
  test('validation holds rows back and chooses the best epoch on them', async () => {
    const record = recordOf(await eventsOf(planOf({ data: { dataset: 'noise', validation: 0.2 }, epochs: 4 })))
    const held = record.epochs.map(({ evaluations }) => evaluations['validation'] ?? fail())
    const accuracies = held.map((evaluation) => judgedValueOf(record, evaluation))
    expect([record.dataset.rows, record.steps]).toEqual([{ train: 80, validation: 20, test: 30 }, 20])
    expect(record.chosenEpoch).toBe(accuracies.indexOf(Math.max(...accuracies)))
    expect(record.finals['test']).toEqual(record.epochs[record.chosenEpoch]?.evaluations['test'])
  })

  test('the metric of every step and test evaluations within epochs change no loss', async () => {
    const plain = recordOf(await eventsOf(planOf()))
    const asked = recordOf(await eventsOf(planOf({ probes: { trainAccuracy: true, testEvery: 2 } })))
    expect(asked.losses).toEqual(plain.losses)
    expect(asked.stepMetric).toHaveLength(14)
    expect(asked.stepMetric?.every((accuracy) => accuracy >= 0 && accuracy <= 1)).toBe(true)
    expect(asked.evaluations?.map(({ step }) => step)).toEqual([2, 4, 6, 8, 10, 12])
  })

  test('a table on another scale leaves both evaluations in the record', async () => {
    const record = recordOf(await eventsOf(planOf({ data: { dataset: 'noise', testScale: 'raw' } })))
    const unit = recordOf(await eventsOf(planOf()))
    expect(record.finals['unit']).toEqual(unit.finals['test'])
    expect(record.finals['test']).not.toEqual(unit.finals['test'])
    expect(Object.keys(record.finals)).toEqual(['test', 'unit'])
  })

  test('counts dead and saturated units', async () => {
    const dead = recordOf(await eventsOf(planOf({ ...biases(-100), epochs: 1 })))
    const alive = recordOf(await eventsOf(planOf({ ...biases(100), epochs: 1 })))
    const saturated = recordOf(await eventsOf(planOf({ ...biases(100), activation: 'sigmoid', epochs: 1 })))
    expect(firstShares(dead)).toEqual([['dead', 'activation1', [1]]])
    expect(firstShares(alive)).toEqual([['dead', 'activation1', [0]]])
    expect(firstShares(saturated)).toEqual([['saturated', 'activation1', [1]]])
  })

  test('counts units over all rows, a partial last batch included', async () => {
    const changes = { ...biases(100), activation: 'sigmoid', epochs: 1 }
    const saturated = recordOf(await eventsOf(smallPlan(changes, 100, 150)))
    expect(firstShares(saturated)).toEqual([['saturated', 'activation1', [1]]])
  })
})

describe('an optimizer with a closure', () => {
  const lbfgs = { optimizer: { type: 'lbfgs', maxIterations: 4, lineSearch: 'strongWolfe' }, batchSize: 50 }

  test('minimises the loss of a whole batch far faster than a first-order step', async () => {
    const whole = { batchSize: 100, epochs: 8, precision: 'float64' }
    const record = recordOf(await eventsOf(planOf({ ...lbfgs, ...whole })))
    const sgd = recordOf(await eventsOf(planOf({ ...whole, optimizer: { type: 'sgd', learningRate: 0.1 } })))
    expect(record.losses.every((loss, i) => i === 0 || loss < (record.losses[i - 1] ?? 0))).toBe(true)
    expect(record.losses.at(-1)).toBeLessThan((sgd.losses.at(-1) ?? 0) - 0.5)
  })

  test('goes on from a checkpoint bit for bit, its memory included', async () => {
    const options = { plan: planOf({ ...lbfgs, epochs: 2 }), backend: referenceBackend() }
    const events: RunEvent[] = []
    const resumed: RunEvent[] = []
    for await (const event of train({ ...options, checkpointEvery: 3 })) {
      if (event.type !== 'checkpoint') events.push(event)
      else {
        resumed.push(...events)
        for await (const later of train({ ...options, from: event.state })) resumed.push(later)
      }
    }
    expect(timeless(recordOf(resumed))).toBe(timeless(recordOf(events)))
  })
})

/** L2 distance between the parameters before and after one step of plain gradient descent with rate 1. */
async function stepLength(clipping: Record<string, unknown>): Promise<number> {
  const step = { epochs: 1, batchSize: 100, ...clipping }
  const ends = await Promise.all(
    [1, 1e-30].map(async (learningRate) => {
      const events = await eventsOf(planOf({ ...step, optimizer: { type: 'sgd', learningRate } }))
      return events.find((event) => event.type === 'end')?.carry ?? {}
    }),
  )
  const squares = Object.entries(ends[0] ?? {}).flatMap(([name, { data }]) =>
    Array.from(data, (value, i) => (value - (ends[1]?.[name]?.data[i] ?? Number.NaN)) ** 2),
  )
  return Math.sqrt(squares.reduce((sum, value) => sum + value, 0))
}

test('clipping by norm bounds every update of plain gradient descent', async () => {
  expect(await stepLength({})).toBeGreaterThan(0.1)
  expect(await stepLength({ clipping: { type: 'norm', maxNorm: 0.01 } })).toBeCloseTo(0.01, 5)
})

describe('training tensors', () => {
  test('dropout masks keep 1 - rate of the units and differ from step to step', async () => {
    const layers = [
      { type: 'flatten' },
      { type: 'dense', units: 8 },
      { type: 'activation' },
      { type: 'dropout', rate: 0.5 },
      { type: 'dense', units: 10 },
    ]
    const record = recordOf(await eventsOf(planOf({ model: { layers } })))
    const plain = recordOf(await eventsOf(planOf()))
    expect(record.losses).toHaveLength(plain.losses.length)
    expect(record.losses).not.toEqual(plain.losses)
  })

  test('batch normalisation carries its running statistics', async () => {
    const layers = [{ type: 'flatten' }, { type: 'dense', units: 10 }, { type: 'batchNorm' }]
    const events = await eventsOf(planOf({ model: { layers } }))
    const end = events.find((event) => event.type === 'end')
    const variance = end?.carry['batchNorm1.running_var']
    expect(variance?.shape).toEqual([10])
    expect(Array.from(variance?.data ?? []).every((value) => value > 0 && value !== 1)).toBe(true)
  })
})
