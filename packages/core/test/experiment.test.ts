import { describe, expect, test } from 'vitest'
import {
  ExperimentError,
  experimentJsonSchema,
  findPreset,
  InputError,
  parseExperiment,
  presets,
  selectArms,
} from '../src/index.js'
import { buildModel } from '../src/model/model.js'
import { builtins } from '../src/registry/builtins.js'
import { networkOf } from '../src/run/predict.js'
import { elementCount } from '../src/tensor.js'
import { pictureFields } from '../src/data/formats/picture-fields.js'
import { loadDataset } from '../src/node/load-dataset.js'
import { smallDocument } from './noise-dataset.js'

function problemsOf(document: unknown): string[] {
  try {
    parseExperiment(document, { source: 'test.json' })
  } catch (error) {
    if (error instanceof ExperimentError)
      return error.message
        .split('\n')
        .slice(1)
        .map((line) => line.trim())
    throw error
  }
  return []
}

describe('parseExperiment', () => {
  test('fills defaults and applies arms as merge patches', () => {
    const experiment = parseExperiment(
      smallDocument({ arms: { a: { activation: 'sigmoid' }, b: { optimizer: { learningRate: 0.5 } } } }),
    )
    expect(experiment.arms['a']).toMatchObject({
      activation: { type: 'sigmoid' },
      seed: 0,
      precision: 'float32',
      lastBatch: 'keep',
    })
    expect(experiment.arms['b']?.optimizer).toMatchObject({ type: 'adam', learningRate: 0.5, beta2: 0.999 })
  })

  test('overrides reach every arm, and win', () => {
    const document = smallDocument({ arms: { a: { epochs: 7 }, b: {} } })
    const experiment = parseExperiment(document, { overrides: { epochs: 3, data: { limit: 5 } } })
    expect(Object.values(experiment.arms).map((arm) => [arm.epochs, arm.data.limit, arm.data.dataset])).toEqual([
      [3, 5, 'noise'],
      [3, 5, 'noise'],
    ])
  })

  test.each([
    [{ epochs: -1 }, 'epochs: expected at least 0, got -1'],
    [{ epochs: 1.5 }, 'epochs: expected a whole number, got 1.5'],
    [{ batchSize: -4 }, 'batchSize: expected at least 1, got -4'],
    [{ batchSize: Number.NaN }, 'batchSize: expected a number, got NaN'],
    [{ epochs: '3' }, 'epochs: expected a number without quotes, got "3"'],
    [{ batchsize: 3 }, 'batchsize: expected no such field, got "batchsize"; did you mean "batchSize"?'],
    [{ optimizer: { type: 'adem' } }, 'nearest: "adam", got "adem"'],
    [{ data: { dataset: 'noise', limt: 3 } }, 'data.limt: expected no such field, got "limt"; did you mean "limit"?'],
    [{ model: { layers: [] } }, 'model.layers: expected at least 1 items, got []'],
    [{ model: { layers: [{ type: 'dense', units: 0 }] } }, 'model.layers[0].units: expected at least 1, got 0'],
    [{ arms: {} }, 'arms: expected at least one arm'],
    [{ arms: { x: { epochs: -1 } } }, 'arms.x.epochs: expected at least 0, got -1'],
    [{ arms: { '../x': {} } }, 'arms.../x: expected a name that is text matching /'],
    [{ arms: { x: { arms: {} } } }, 'arms.x.arms: expected no such field, got "arms"'],
    [
      { arms: { x: { optimizer: { type: 'lbfgs' }, clipping: { type: 'norm', maxNorm: 1 } } } },
      'arms.x.clipping: expected no such field: the optimizer "lbfgs" searches along exact gradients, got "norm"',
    ],
    [{ name: '../../etc' }, 'name: expected text matching'],
    [{ seed: 1e300 }, 'seed: expected'],
  ])('says where, what was expected and what came: %j', (change, message) => {
    const problems = problemsOf(smallDocument(change))
    expect(problems).toHaveLength(1)
    expect(problems[0]).toContain(message)
  })

  test('every problem of a document is listed', () => {
    expect(problemsOf({ name: 'x' }).map((line) => line.split(':')[0])).toEqual([
      'data',
      'model',
      'optimizer',
      'batchSize',
      'epochs',
    ])
  })

  test.each([[null], [[]], [3], ['text']])('refuses a document that is no object: %j', (document) => {
    expect(() => parseExperiment(document)).toThrow(/expected an object/)
  })

  test('a hostile key does not reach any prototype', () => {
    const document: unknown = JSON.parse('{"__proto__": {"polluted": 1}, "name": "x"}')
    expect(() => parseExperiment(document)).toThrow(ExperimentError)
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })
})

const pictures = { name: 'mnist', fields: pictureFields([28, 28], 10), target: 'label' }

describe('presets', () => {
  test.each(presets.map((preset) => [preset.name]))(
    '%s is a valid experiment whose model fits its data',
    async (name) => {
      const experiment = parseExperiment(findPreset(name))
      for (const arm of Object.values(experiment.arms)) {
        const { dataset, options } = arm.data
        // oxlint-disable-next-line no-await-in-loop -- one arm at a time
        const data = dataset === 'mnist' ? pictures : await loadDataset(dataset, options ? { settings: options } : {})
        expect(networkOf(arm, data, builtins).model.parameters.length).toBeGreaterThan(0)
      }
    },
  )

  test('torch-mlp5 has the 682090 parameters of 784-520-320-240-120-10', () => {
    const arm = parseExperiment(findPreset('torch-mlp5')).arms['relu']
    if (arm === undefined) throw new Error('no relu arm')
    const sizes = [784, 520, 320, 240, 120, 10]
    const expected = sizes.slice(1).reduce((sum, units, i) => sum + ((sizes[i] ?? 0) + 1) * units, 0)
    const { parameters } = buildModel(arm, [28, 28], builtins)
    expect(parameters.reduce((sum, { shape }) => sum + elementCount(shape), 0)).toBe(expected)
    expect(expected).toBe(682090)
    expect(parameters.map(({ name }) => name)).toContain('dense5.bias')
  })

  test('an unknown preset and an unknown arm name the nearest', () => {
    expect(() => findPreset('torch-mpl5')).toThrow(/did you mean "torch-mlp5"/)
    expect(() => selectArms(parseExperiment(findPreset('torch-mlp5')), ['rleu'])).toThrow(/did you mean "relu"/)
    expect(() => findPreset('my-own.yaml')).toThrow(/unknown preset "my-own.yaml"\. Presets: torch-mlp5/)
  })
})

function build(layers: unknown[]): () => unknown {
  const arm = parseExperiment(smallDocument({ model: { layers } })).arms['default']
  const data = { name: 'noise', fields: pictureFields([4, 4], 10), target: 'label' }
  return () => networkOf(arm as NonNullable<typeof arm>, data, builtins)
}

test('models that do not fit are refused with the shapes', () => {
  expect(build([{ type: 'dense', units: 10 }])).toThrow(/"dense1": expected a flat input, got \[4,4\]/)
  expect(build([{ type: 'flatten' }, { type: 'dense', units: 9 }])).toThrow(/expected \[10\] outputs.*got \[9\]/)
  expect(build([{ type: 'flatten' }, { type: 'residual', layers: [{ type: 'dense', units: 10 }] }])).toThrow(InputError)
})

test('publishes the JSON Schema of an experiment (vitest -u writes it)', async () => {
  await expect(`${JSON.stringify(experimentJsonSchema(builtins), null, 2)}\n`).toMatchFileSnapshot(
    '../experiment.schema.json',
  )
})

test('the JSON Schema names the fields of an experiment', () => {
  const schema = experimentJsonSchema(builtins) as { properties: Record<string, unknown> }
  expect(Object.keys(schema.properties)).toEqual(expect.arrayContaining(['model', 'optimizer', 'arms', 'batchSize']))
})
