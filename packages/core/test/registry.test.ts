/** The registry: tables are extended in a copy, with new names only, by records that have what their table needs. */
import { describe, expect, it } from 'vitest'
import { number } from 'zod/mini'
import {
  activation,
  builtins,
  constantLike,
  type Extension,
  generated,
  initializer,
  InputError,
  layer,
  loss,
  optimizer,
  parseExperiment,
  recordOf,
  referenceBackend,
  Registry,
  rowMetric,
  summedMetric,
  targetOf,
  task,
  train,
  TrainingPlan,
  widthOf,
} from '../src/index.js'
import { identityPrediction } from '../src/task/predictions.js'
import { meanOfRows } from '../src/task/metrics/metric.js'
import { loadDataset } from '../src/node/load-dataset.js'
import { sine } from '../src/data/sets/study/sine.js'
import { studyDocument } from './study-plans.js'

/** Mean of |z - y|. */
const absolute = loss({
  suits: ['numbers'],
  emit: (context) => {
    const { b, output, precision } = context
    return b.div(b.reduceSum(b.abs(b.sub(output, targetOf(context)))), b.constant(widthOf(output), precision))
  },
  value: (output, target) =>
    Array.from(output).reduce((sum, z, i) => sum + Math.abs(z - Number(target[i])), 0) / output.length,
})

/** The largest of |z - y| of a row, a mean over the rows. */
const worst = rowMetric({
  label: () => 'worst error',
  format: 'number',
  better: 'smaller',
  suits: ['numbers'],
  isUsual: false,
  reads: 'rows',
  accumulator: (_, width) =>
    meanOfRows(width, width, (output, target) =>
      Math.max(...Array.from(output, (z, i) => Math.abs(z - Number(target[i])))),
    ),
})

const square = activation({ emit: (b, x) => b.mul(x, x) })
const shifted = activation({
  settings: { by: number() },
  emit: (b, x, { by }) => b.add(x, constantLike(b, x, by)),
})

const mine = {
  losses: { absolute },
  metrics: { worst },
  activations: { square, shifted },
  data: { wave: generated({ ...sine, about: 'a wave' }) },
} satisfies Extension

const mark = { name: './mine.js', sha256: 'a'.repeat(64) }

function refusal(extension: unknown, given?: typeof mark): string {
  try {
    builtins.extend(extension as Extension, given)
  } catch (error) {
    if (error instanceof InputError) return error.message
    throw error
  }
  throw new Error('expected an InputError')
}

describe('extend', () => {
  const registry = builtins.extend(mine, mark)

  it('adds to a copy: the registry that it is asked of stays as it is', () => {
    const before = Object.keys(builtins.losses)
    expect(registry).toBeInstanceOf(Registry)
    expect(registry.losses['absolute']).toBe(absolute)
    expect(Object.keys(registry.losses)).toEqual([...before, 'absolute'])
    expect(Object.keys(builtins.losses)).toEqual(before)
    expect(builtins.losses).not.toHaveProperty('absolute')
    expect(builtins.modules).toEqual([])
    expect(registry.layers).toBe(builtins.layers)
  })

  it('remembers the modules in their order; records without a module leave no mark', () => {
    expect(registry.modules).toEqual([mark])
    const other = { name: 'other', sha256: 'b'.repeat(64) }
    expect(registry.extend({}, other).modules).toEqual([mark, other])
    expect(builtins.extend(mine).modules).toEqual([])
  })

  it('lets an experiment name what was added, and only then', () => {
    const document = studyDocument('wave', 1, { task: 'regression', loss: 'absolute', metrics: ['worst', 'r2'] })
    const { arms } = parseExperiment(document, { registry })
    expect(arms['default']?.metrics).toEqual([{ type: 'worst' }, { type: 'r2' }])
    expect(() => parseExperiment(document)).toThrow(/loss: expected .*, got "absolute"/)
  })

  it('what is added trains, judges and is in the record', async () => {
    const document = studyDocument('wave', 1, {
      task: 'regression',
      loss: 'absolute',
      metrics: ['worst'],
      activation: { type: 'shifted', by: 0.5 },
      epochs: 2,
    })
    const { arms } = parseExperiment(document, { registry })
    const arm = arms['default']
    if (arm === undefined) throw new Error('no arm')
    const dataset = await loadDataset('wave', { registry, size: { train: 60, test: 20 } })
    const plan = new TrainingPlan({ armName: 'default', arm, dataset, registry })
    const events = []
    for await (const event of train({ plan, backend: referenceBackend() })) events.push(event)
    const record = recordOf(events)
    expect([record.judgedBy, record.modules]).toEqual(['worst', [mark]])
    // Of one output, both are the mean absolute error.
    const { loss: mean, metrics } = record.finals['test'] ?? { loss: Number.NaN, metrics: {} }
    expect(metrics['worst']?.value).toBeCloseTo(mean, 6)
  })
})

describe('extend refuses', () => {
  it('a table that is not there, with the nearest', () => {
    expect(refusal({ loses: { absolute } })).toBe(
      '[core] extension: "loses" is no table; did you mean "losses"? There are: layers, activations, initializers, regularizers, ' +
        'constraints, losses, metrics, tasks, optimizers, schedules, data, formats, encodings',
    )
  })

  it.each([
    [
      'losses',
      { meanSquaredError: absolute },
      'extension "./mine.js": losses.meanSquaredError: there is a record of that name',
    ],
    ['activations', { relu: square }, 'activations.relu: there is a record of that name already; choose another name'],
    ['data', { mnist: generated({ ...sine, about: 'x' }) }, 'data.mnist: there is a record of that name already'],
  ])('a name of %s that is taken', (table, records, message) => {
    expect(refusal({ [table]: records }, mark)).toContain(message)
  })

  it('a name that an earlier module took', () => {
    expect(() => builtins.extend(mine, mark).extend({ losses: { absolute } })).toThrow(
      'losses.absolute: there is a record',
    )
  })

  it.each([
    ['metrics', { label() {}, suits: [], format: 'number', better: 'most', reads: 'rows' }, 'larger" or "smaller'],
    ['metrics', { label() {}, suits: [], format: 'number', better: 'larger', reads: 'all' }, 'rows" or "sum'],
    ['optimizers', { runs: 'device' }, 'program" or "host'],
  ])('a record of %s with a text that says nothing: %j', (table, record, choices) => {
    expect(refusal({ [table]: { mine: record } })).toContain(`expected "${choices}", got "`)
  })

  it.each(['__proto__', 'constructor', 'my loss', '', '1st', 'a/b'])('"%s" as a name', (name) => {
    const records: unknown = JSON.parse(`{ ${JSON.stringify(name)}: { "emit": 1, "suits": [] } }`)
    expect(refusal({ losses: records })).toContain(`expected a name of letters, digits, _ and -, got "${name}"`)
  })

  it.each([
    [
      'layers',
      layer({
        build: () => {
          throw new Error('not built')
        },
      }),
      ['build'],
    ],
    ['activations', square, ['emit']],
    ['initializers', initializer({ fill: () => new Float64Array(1) }), ['fill']],
    ['losses', absolute, ['suits', 'emit']],
    ['metrics', worst, ['label', 'suits', 'reads', 'accumulator']],
    [
      'metrics',
      summedMetric({
        label: () => 'x',
        format: 'number',
        better: 'smaller',
        suits: ['numbers'],
        isUsual: false,
        reads: 'sum',
        emit: ({ b, output }) => b.reduceSum(output),
        error: () => 0,
      }),
      ['emit', 'error'],
    ],
    [
      'tasks',
      task({ about: 'x', targetType: 'numbers', prediction: identityPrediction, expects: 'x', width: () => 1 }),
      ['targetType', 'prediction', 'width'],
    ],
    ['optimizers', builtins.optimizers['sgd'] ?? optimizer, ['runs', 'state', 'update']],
    ['data', generated({ ...sine, about: 'x' }), ['from', 'about', 'make']],
  ] as const)('a record of %s that lacks what its table needs', (table, record, members) => {
    expect(() => builtins.extend({ [table]: { mine: record } })).not.toThrow()
    for (const member of members) {
      const { [member as never]: _, ...rest } = record as unknown as Record<string, unknown>
      expect(refusal({ [table]: { mine: rest } })).toBe(
        `[core] extension: ${table}.mine: the record lacks "${member}"; see https://github.com/isograd/isograd/blob/main/docs/extending.md`,
      )
    }
  })

  it.each([
    [undefined, 'extension: expected tables, got undefined'],
    ['losses', 'extension: expected tables, got string'],
    [null, 'extension: expected tables'],
    [{ losses: 3 }, 'extension: losses: expected records by name, got number'],
    [{ losses: { mine: () => 3 } }, 'losses.mine: expected a record, got function'],
    [{ losses: { mine: null } }, 'losses.mine: expected a record'],
    [
      { losses: { mine: { suits: ['numbers'], emit: 'mean' } } },
      'losses.mine: "emit": expected a value of the type function, got string',
    ],
  ])('what is no extension: %j', (extension, message) => {
    expect(refusal(extension)).toContain(message)
  })
})
