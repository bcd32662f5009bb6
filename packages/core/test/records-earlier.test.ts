/** Records of the form /1, as the version that wrote them left them (test/fixtures/v1), read as records of today. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { InputError, parseRecord, type RunRecord } from '../src/index.js'
import { finalOf, probedNumbers, probeSeries, valuesAt } from '../src/records/record.js'
import { readRecord } from '../src/records/read-record.js'

function pathOf(name: string): string {
  return fileURLToPath(new URL(`../../../test/fixtures/v1/${name}`, import.meta.url))
}

function textOf(name: string): string {
  return readFileSync(pathOf(name), 'utf8')
}

function documentOf(name: string): Record<string, unknown> {
  return JSON.parse(textOf(name)) as Record<string, unknown>
}

function recordOf(name: string): RunRecord {
  return parseRecord(textOf(name), name)
}

/** sqrt(p (1 - p) / n), the standard error of a share. */
function shareError(share: number, samples: number): number {
  return Math.sqrt((share * (1 - share)) / samples)
}

describe('a record whose texts are none', () => {
  it.each(['kind', 'name'])("is refused by the path of the layer's %s", (field) => {
    const { layers, ...rest } = documentOf('finished/record.json')
    const [first, ...others] = layers as Record<string, unknown>[]
    const damaged = { ...rest, layers: [{ ...first, [field]: { toString: 1 } }, ...others] }
    expect(() => parseRecord(JSON.stringify(damaged), 'it')).toThrow(new RegExp(`layers\\[0\\]\\.${field}`))
    expect(() => parseRecord(JSON.stringify(damaged), 'it')).toThrow(InputError)
  })
})

describe('a record with everything that could be asked for', () => {
  const record = recordOf('finished/record.json')

  it('has its evaluations by table', () => {
    expect(finalOf(record)).toEqual({ value: 0.21, error: shareError(0.21, 100) })
    expect(record.finals['validation']?.loss).toBe(2.2528529167175293)
    expect(record.chosenEpoch).toBe(1)
    expect(record.epochs[0]).toEqual({
      trainLoss: 2.2682832181453705,
      evaluations: {
        test: { loss: 2.239250030517578, metrics: { accuracy: { value: 0.18, error: shareError(0.18, 100) } } },
        validation: {
          loss: 2.2699313163757324,
          metrics: { accuracy: { value: 0.15625, error: shareError(0.15625, 32) } },
        },
      },
      seconds: 0.03460449000000005,
    })
    expect(record.epochs[1]?.evaluations['validation']).toEqual({
      loss: 2.2528529167175293,
      metrics: { accuracy: { value: 0.1875, error: shareError(0.1875, 32) } },
    })
    expect(
      record.evaluations?.map(({ step, evaluation: { loss, metrics } }) => [step, loss, metrics['accuracy']?.value]),
    ).toEqual([
      [5, 2.2803753662109374, 0.16],
      [10, 2.219101867675781, 0.21],
      [15, 2.1991726684570314, 0.21],
    ])
  })

  it('has its data as fields', () => {
    expect(record.dataset).toEqual({
      name: 'digits',
      origin: 'built-in digits, seed 0',
      fields: {
        image: { dtype: 'uint8', shape: [28, 28], encoding: { kind: 'numbers', scale: 1 / 255 } },
        label: { dtype: 'uint8', shape: [], encoding: { kind: 'category', count: 10 } },
      },
      target: 'label',
      rows: { train: 128, validation: 32, test: 100 },
    })
  })

  it('has what was probed as series', () => {
    const norms = probedNumbers(record, 'gradientNorm', 0)
    expect(norms.map(({ layer, parameter }) => `${layer}.${parameter}`)).toEqual(
      ['dense1', 'batchNorm1', 'dense2'].flatMap((layer) => [`${layer}.weight`, `${layer}.bias`]),
    )
    expect(norms[0]).toMatchObject({ step: 0, value: 5.549234016920287 })
    expect(norms[1]?.value).toBe(3.414284955677271e-8)
    expect(probeSeries(record, 'gradientNorm')[0]?.steps.slice(0, 2)).toEqual([0, 6])
    const [ratio] = probeSeries(record, 'updateRatio')
    expect(ratio && valuesAt(ratio, 1)).toEqual([0.10269031430384565])
    expect(probeSeries(record, 'dead')).toEqual([
      { quantity: 'dead', layer: 'activation1', axes: [], steps: [0, 16], values: [0, 0] },
    ])
  })

  it('has its histograms and the metric of every step', () => {
    expect(record.histograms?.[0]?.weights[0]).toMatchObject({ name: 'dense1.weight', min: -0.03571217134594917 })
    expect(record.histograms?.[0]?.inputs.map(({ name }) => name)).toEqual(['activation1'])
    expect(record.stepMetric).toHaveLength(16)
    expect(record.stepMetric?.slice(0, 4)).toEqual([0.0625, 0.0625, 0.1875, 0.25])
  })

  it('has an arm of today', () => {
    const { data, probes, loss, metrics, task } = record.experiment
    expect(data).toEqual({ dataset: 'digits', limit: 160, testLimit: 100, validation: 0.2 })
    expect(probes).toEqual({ every: 6, testEvery: 5, trainMetric: true, histograms: true, derivatives: false })
    expect([task, loss, metrics]).toEqual([
      { type: 'classification' },
      { type: 'softmaxCrossEntropy' },
      [{ type: 'accuracy' }],
    ])
    expect(record.layers.filter(({ isDepth }) => isDepth).map(({ name }) => name)).toEqual(['dense1', 'dense2'])
  })
})

it('a second scale of the test set is a second table, of which no loss was kept', () => {
  const record = recordOf('raw-pixels/record.json')
  expect(record.finals).toEqual({
    test: { loss: 2360.539375, metrics: { accuracy: { value: 0.1215, error: shareError(0.1215, 2000) } } },
    unit: { loss: Number.NaN, metrics: { accuracy: { value: 0.121, error: shareError(0.121, 2000) } } },
  })
  expect(record.experiment.data.tables).toEqual({
    test: { encodings: { image: { kind: 'numbers' } } },
    unit: { of: 'test' },
  })
})

it('a step of L-BFGS is as many updates as it may have iterations', () => {
  expect(recordOf('unfinished-lbfgs/end/record.json').updatesPerStep).toBe(4)
  expect(recordOf('unfinished/end/record.json').updatesPerStep).toBe(1)
})

describe('what is wrong in such a record is said once, with the file', () => {
  const document = documentOf('finished/record.json')

  it.each([
    ['losses', 'losses'],
    ['epochs', 'epochs'],
    ['layers', 'layers'],
    ['gradientNorms', 'probes'],
    ['units', 'probes'],
    ['dataset', 'dataset.name'],
    ['testAccuracy', 'finals.test.metrics.accuracy.value'],
    ['testLoss', 'finals.test.loss'],
    ['steps', 'steps'],
    ['experiment', 'experiment'],
    ['backendInfo', 'backendInfo'],
  ])('without "%s"', (field, named) => {
    const { [field]: _, ...rest } = document
    const read = () => readRecord(rest, 'old/record.json')
    expect(read).toThrow(InputError)
    expect(read).toThrow(`old/record.json: ${named}`)
    expect(read).toThrow(/expected/)
  })

  it('with an object for a number that nothing is said of', () => {
    const odd = { ...document, chosenEpoch: { valueOf: null, toString: 1 } }
    expect(() => readRecord(odd, 'old/record.json')).not.toThrow(TypeError)
  })

  it.each([
    ['losses', ['x'], 'losses[0]: expected a number, got "x"'],
    ['testAccuracy', 'high', 'finals.test.metrics.accuracy.value: expected a number, got "high"'],
    ['steps', { valueOf: 1, toString: 1 }, 'steps: expected'],
    ['testAccuracy', { toString: 1 }, 'finals.test.metrics.accuracy.value: expected a number'],
    ['layers', [7], 'layers[0]: expected'],
    ['epochs', 'many', 'epochs: expected'],
    ['units', {}, 'probes: expected'],
    ['trainAccuracies', [null], 'stepMetric[0]: expected a number'],
    ['steps', -1, 'steps: expected at least 0, got -1'],
    ['experiment', { name: 'x' }, 'experiment'],
  ])('"%s" as %j', (field, value, message) => {
    const read = () => readRecord({ ...document, [field]: value }, 'old/record.json')
    expect(read).toThrow(InputError)
    expect(read).toThrow(`old/record.json: ${message}`)
  })
})
