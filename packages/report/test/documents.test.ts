/** Documents are read with suspicion: what is wrong is named, what is odd is left out. */
import { builtins, parseExperiment, stringifyDocument } from '@isograd/core'
import { describe, expect, test } from 'vitest'
import { readSource } from '../src/documents/source.js'

/** A record as the first version wrote it. */
const earlier = {
  schema: 'isograd.run/1',
  preset: 'mine',
  arm: 'relu',
  backend: 'onnx',
  backendInfo: { versions: {}, device: 'cpu', threads: 1, dtypes: [], options: {} },
  seed: 0,
  precision: 'float32',
  experiment: parseExperiment({
    name: 'mine',
    data: { dataset: 'digits' },
    model: { layers: [{ type: 'flatten' }, { type: 'dense', units: 10 }] },
    arms: { relu: {} },
    optimizer: { type: 'sgd', learningRate: 0.1 },
    batchSize: 32,
    epochs: 1,
  }).arms['relu'],
  dataset: { name: 'digits', origin: 'drawn', classes: 10, sampleShape: [28, 28], train: 32, validation: 0, test: 100 },
  layers: [{ name: 'dense1', kind: 'dense', outputShape: [10], parameters: 7850 }],
  steps: 1,
  seconds: 1,
  testAccuracy: 0.75,
  testLoss: 0.5,
  chosenEpoch: 0,
  epochs: [{ trainLoss: 2.5, testLoss: 0.5, testAccuracy: 0.75, seconds: 1 }],
  gradientNorms: [{ step: 0, layers: [{ name: 'dense1', weight: 'NaN' }] }],
  units: [],
  losses: [2.5],
}

function runs(rest: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ schema: 'isograd.runs/2', runs: [], ...rest })
}

describe('a document', () => {
  test.each([
    ['this is text', /^\[report\] x: expected JSON: /],
    [runs({}), /^\[report\] x: there is no run in the field "runs"$/],
    [
      runs({ runs: [earlier, { ...earlier, seed: 1, experiment: { ...earlier.experiment, seed: 1 } }, earlier] }),
      /^\[report\] x: runs\[2\] is runs\[0\] again$/,
    ],
    [runs({ runs: 'many' }), /^\[report\] x: expected a list of runs in the field "runs"$/],
    [
      runs({ runs: [{ schema: 'other/1' }] }),
      /x: runs\[0\]: expected a record of the schema "isograd\.run\/2", got "other\/1"/,
    ],
    ['{ "schema": "other/1" }', /x: expected a record of the schema "isograd\.run\/2", got "other\/1"/],
    ['[]', /x: /],
  ])('that is none is refused: %s', (text, message) => {
    expect(() => readSource(text, 'x')).toThrow(message)
  })

  test('of runs gives text and numbers of its environment and failures, and nothing else', () => {
    const environment = { cpu: 7, cores: '4', jobs: 'two', versions: { a: {}, b: '1' }, commandLine: ['', 3, null] }
    const failures = [{ preset: 'p', message: '', other: 1 }, 'no failure']
    expect(readSource(runs({ environment, failures }), 'x')).toEqual({
      name: 'x',
      environment: {
        node: 'unknown',
        v8: 'unknown',
        platform: 'unknown',
        arch: 'unknown',
        cpu: '7',
        cores: 4,
        versions: { a: 'unknown', b: '1' },
        commandLine: ['', '3', 'unknown'],
      },
      runs: [],
      failures: [{ preset: 'p', arm: 'unknown', backend: 'unknown', message: '' }],
      checks: [],
    })
  })

  test('of the first form is read as one of today, its records too', () => {
    const { runs: records } = readSource(runs({ schema: 'isograd.runs/1', runs: [earlier] }), 'x')
    expect(records).toHaveLength(1)
    expect(records[0]).toMatchObject({ schema: 'isograd.run/2', judgedBy: 'accuracy', judgedOn: 'test', losses: [2.5] })
    expect(records[0]?.finals).toEqual({
      test: { loss: 0.5, metrics: { accuracy: { value: 0.75, error: Math.sqrt((0.75 * 0.25) / 100) } } },
    })
    expect(records[0]?.probes).toEqual([
      { quantity: 'gradientNorm', layer: 'dense1', parameter: 'weight', axes: [], steps: [0], values: [Number.NaN] },
    ])
    expect(readSource(JSON.stringify(earlier), 'x').runs).toEqual(records)
  })

  test('of a run that was made with modules needs them', () => {
    const modules = [{ name: './mine.js', sha256: '0'.repeat(64) }]
    const [record] = readSource(JSON.stringify(earlier), 'x').runs
    const text = stringifyDocument({ ...record, modules })
    expect(() => readSource(text, 'x')).toThrow(/x: .*"\.\/mine\.js"; load it with --use \.\/mine\.js/)
    const extended = builtins.extend({}, modules[0])
    expect(readSource(text, 'x', extended).runs[0]?.modules).toEqual(modules)
  })

  test('of a check may lack anything', () => {
    const arms = [
      {
        arm: 'relu',
        operations: [{ ratio: { $number: 'Infinity' } }, 5],
        runs: [{ backends: ['a'], curve: [{ step: 1 }] }],
      },
    ]
    const { checks } = readSource(JSON.stringify({ schema: 'isograd.check/2', arms, findings: 'none' }), 'x')
    expect(checks).toEqual([
      {
        experiment: '',
        pairs: [],
        backends: [],
        verdict: '',
        reason: '',
        arms: [
          {
            arm: 'relu',
            precision: '',
            judgements: [],
            operations: [
              { backend: '', operation: '', ratio: Number.POSITIVE_INFINITY, elements: Number.NaN, like: '', node: '' },
            ],
            runs: [
              {
                backends: ['a', ''],
                curve: [{ step: 1, distance: Number.NaN, floor: Number.NaN }],
                verdict: '',
                reason: '',
              },
            ],
            unchecked: [],
          },
        ],
        findings: [],
        failures: [],
      },
    ])
  })

  test('of a sweep may lack anything', () => {
    const settings = [{ mean: { $number: 'NaN' }, seeds: [0, 1], losses: [1, 'x'] }, 'none']
    const text = JSON.stringify({ schema: 'isograd.sweep-status/1', trials: 4, settings, backends: [{}], shard: 'x' })
    const { sweeps: [sweep] = [] } = readSource(text, 'x')
    expect(sweep).toEqual({
      source: '',
      experiment: '',
      directory: '',
      trials: 4,
      ...Object.fromEntries(
        ['done', 'running', 'failed', 'left', 'repeated', 'damaged'].map((name) => [name, Number.NaN]),
      ),
      sweep: undefined,
      results: [
        {
          settings: {},
          arm: '',
          backend: '',
          judgedBy: '',
          judgedOn: '',
          better: '',
          mean: Number.NaN,
          error: Number.NaN,
          diverged: Number.NaN,
          seeds: 2,
          losses: [1, Number.NaN],
        },
      ],
      rungs: [],
      backends: [
        {
          backends: ['', ''],
          combinations: Number.NaN,
          tolerance: Number.NaN,
          apart: [],
          chance: { comparisons: Number.NaN, expected: Number.NaN, exceeded: Number.NaN },
        },
      ],
      failures: [],
      differences: [],
      environments: [],
    })
  })
})
