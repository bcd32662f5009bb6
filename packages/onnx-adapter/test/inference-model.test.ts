/** Exported models in stock ONNX Runtime: a session of its own, nothing but the file, against the reference backend. */
import { builtins, networkOf, parseExperiment, predict, referenceBackend, type TrainedModel } from '@isograd/core'
import { type FloatDType, InputError, tensor, type TensorMap } from '@isograd/core/backend'
import { type Field, pictureFields, RandomStream } from '@isograd/core/data'
import * as ort from 'onnxruntime-node'
import { describe, expect, it } from 'vitest'
import { exportOnnx, type OnnxExportOptions } from '../src/model/inference.js'
import { decodeModel } from '../src/model/proto.js'

const sampleShape = [5, 4]

/** A model with random weights; running variances stay positive. */
function modelOf(layers: readonly unknown[], precision: FloatDType = 'float32'): TrainedModel {
  const document = {
    name: 'exported',
    data: { dataset: 'none' },
    model: { layers: [{ type: 'flatten' }, ...layers, { type: 'dense', units: 3 }] },
    optimizer: { type: 'sgd' },
    batchSize: 1,
    epochs: 1,
    precision,
  }
  const { default: arm } = parseExperiment(document).arms
  if (arm === undefined) throw new RangeError('no arm')
  const network = networkOf(arm, { name: 'none', fields: pictureFields(sampleShape, 3), target: 'label' }, builtins)
  const { parameters, states } = network.model
  const stream = new RandomStream(1, 'weights')
  const weights = [...parameters, ...states].map(({ name, shape }) => {
    const count = shape.reduce((product, dimension) => product * dimension, 1)
    const draw = () => (name.endsWith('var') ? 0.5 + stream.uniform() : stream.normal())
    return [name, tensor(precision, shape, Array.from({ length: count }, draw))]
  })
  return { ...network, weights: Object.fromEntries(weights) as TensorMap }
}

function exported(trained: TrainedModel, options: OnnxExportOptions = {}): Uint8Array {
  return exportOnnx(trained, trained.weights, options)
}

function pixels(count: number): Uint8Array {
  const stream = new RandomStream(2, 'sample')
  return Uint8Array.from({ length: count * 20 }, () => stream.below(256))
}

/** The largest difference, relative to the largest expected value. */
async function difference(trained: TrainedModel, count: number): Promise<number> {
  const bytes = pixels(count)
  const expected = await predict(referenceBackend(), trained, {
    image: tensor('uint8', [count, ...sampleShape], bytes),
  })
  const { precision } = trained.arm
  // As it comes; but its fusions put float64 factors into float32 attributes (1.30.0, selu is off by 3e-8).
  const options = precision === 'float64' ? ({ graphOptimizationLevel: 'basic' } as const) : {}
  const session = await ort.InferenceSession.create(exported(trained), options)
  const unit = tensor(
    precision,
    [count, ...sampleShape],
    Float64Array.from(bytes, (byte) => byte / 255),
  )
  const results = await session.run({ samples: new ort.Tensor(precision, unit.data as Float32Array, unit.shape) })
  await session.release()
  expect(Object.keys(results).toSorted()).toEqual(['output', 'prediction'])
  expect(results['output']?.dims).toEqual([count, 3])
  const compare = (name: 'output' | 'prediction'): number => {
    const wanted = expected.flatMap(({ output, values }) => (name === 'output' ? output : values))
    const got = Array.from(results[name]?.data as Float32Array)
    const size = Math.max(...wanted.map(Math.abs))
    return Math.max(...wanted.map((value, i) => Math.abs(value - (got[i] ?? Number.NaN)) / size))
  }
  return Math.max(compare('output'), compare('prediction'))
}

const bounds = { float32: 2e-6, float64: 1e-13 } as const

describe('exportOnnx', () => {
  it.each(Object.keys(builtins.activations))('%s gives the same logits and probabilities', async (type) => {
    const layers = [
      { type: 'dense', units: 6 },
      { type: 'activation', function: { type } },
    ]
    expect(await difference(modelOf(layers), 7)).toBeLessThan(bounds.float32)
    expect(await difference(modelOf(layers, 'float64'), 7)).toBeLessThan(bounds.float64)
  })

  it.each<[string, unknown[]]>([
    [
      'a graph with weights that are shared, and axes that change places',
      [
        { type: 'dense', units: 6, name: 'side' },
        { type: 'batchNorm', name: 'norm' },
        { type: 'dense', units: 20, name: 'wide' },
        { type: 'shared', layer: 'side', name: 'again' },
        { type: 'shared', layer: 'norm', name: 'normed' },
        { type: 'multiply', inputs: ['norm', 'normed'], name: 'product' },
        { type: 'add', inputs: ['norm', 'normed', 'product'], name: 'sum' },
        { type: 'concatenate', inputs: ['sum', 'wide', 'again'], name: 'all' },
        { type: 'reshape', shape: [4, -1] },
        { type: 'permute', axes: [1, 0] },
        { type: 'flatten' },
      ],
    ],
    ['no hidden layer', []],
    ['dense without bias', [{ type: 'dense', units: 4, bias: false }]],
    ['prelu', [{ type: 'dense', units: 4 }, { type: 'prelu' }]],
    [
      'dropout',
      [
        { type: 'dense', units: 4 },
        { type: 'dropout', rate: 0.5 },
      ],
    ],
    ['batch normalisation', [{ type: 'dense', units: 4 }, { type: 'batchNorm' }, { type: 'activation' }]],
    [
      'residuals in residuals',
      [
        { type: 'dense', units: 4 },
        {
          type: 'residual',
          layers: [
            { type: 'dense', units: 4 },
            { type: 'residual', layers: [{ type: 'activation' }, { type: 'dense', units: 4 }] },
          ],
        },
      ],
    ],
    ['a deep network', [{ type: 'repeat', times: 12, layers: [{ type: 'dense', units: 4 }, { type: 'activation' }] }]],
  ])('%s gives the same, for any number of samples', async (_, layers) => {
    for (const count of [1, 2, 33]) {
      // oxlint-disable-next-line no-await-in-loop -- one session at a time
      expect(await difference(modelOf(layers), count)).toBeLessThan(bounds.float32)
    }
    expect(await difference(modelOf(layers, 'float64'), 5)).toBeLessThan(bounds.float64)
  })

  it('takes fields as they are stored, and tells numbers in the units of their own field', async () => {
    const document = {
      name: 'stored',
      data: { dataset: 'none' },
      task: 'regression',
      model: { layers: [{ type: 'dense', units: 1 }] },
      optimizer: { type: 'sgd' },
      batchSize: 1,
      epochs: 1,
    }
    const { default: arm } = parseExperiment(document).arms
    if (arm === undefined) throw new RangeError('no arm')
    const area = { kind: 'numbers', mean: 150, standardDeviation: 40, missing: 120 } as const
    const price = { kind: 'numbers', mean: 300, standardDeviation: 50 } as const
    const fields: Record<string, Field> = {
      area: { dtype: 'float64', shape: [], encoding: area },
      town: { dtype: 'uint8', shape: [], encoding: { kind: 'oneHot', count: 3 } },
      price: { dtype: 'float64', shape: [], encoding: price },
    }
    const network = networkOf(arm, { name: 'none', fields, target: 'price' }, builtins)
    const weights = {
      'dense1.weight': tensor('float32', [4, 1], [0.5, 1, 2, 3]),
      'dense1.bias': tensor('float32', [1], [0.25]),
    }
    const columns = { area: tensor('float64', [2], [190, Number.NaN]), town: tensor('uint8', [2], [1, 2]) }
    // 300 + 50 (0.5 (190 - 150) / 40 + 2 + 0.25), and with 120 for what is missing 300 + 50 (0.5 (-30) / 40 + 3 + 0.25)
    const wanted = [437.5, 443.75]
    const predicted = await predict(referenceBackend(), { ...network, weights }, columns)
    expect(predicted.flatMap(({ values }) => values)).toEqual(wanted)
    for (const opset of [13, 17, 21]) {
      const bytes = exportOnnx(network, weights, { form: 'stored', opset })
      // oxlint-disable-next-line no-await-in-loop -- one session at a time
      const session = await ort.InferenceSession.create(bytes)
      const feeds = {
        area: new ort.Tensor('float64', columns.area.data, [2]),
        town: new ort.Tensor('uint8', columns.town.data, [2]),
      }
      // oxlint-disable-next-line no-await-in-loop
      const { prediction } = await session.run(feeds)
      expect(Array.from(prediction?.data as Float32Array)).toEqual(wanted)
    }
  })

  it('is one flat graph with the weights inside and a symbolic batch', () => {
    const trained = modelOf([{ type: 'dense', units: 6 }, { type: 'activation' }])
    const { graph, producerName, opsetImport } = decodeModel(exported(trained))
    expect([producerName, opsetImport]).toEqual(['isograd', [{ domain: '', version: 17 }]])
    expect(graph.node.filter(({ opType }) => opType === 'Loop' || opType === 'Scan')).toEqual([])
    expect(graph.input.map(({ name, type }) => [name, type.tensorType.shape.dim])).toEqual([
      ['samples', [{ dimParam: 'batch' }, { dimValue: 5 }, { dimValue: 4 }]],
    ])
    const stored = graph.initializer.filter(({ name }) => name in trained.weights)
    expect(stored.map(({ name, dims }) => [name, dims])).toEqual([
      ['dense1.weight', [20, 6]],
      ['dense1.bias', [6]],
      ['dense2.weight', [6, 3]],
      ['dense2.bias', [3]],
    ])
    const weight = stored.find(({ name }) => name === 'dense2.weight')?.rawData ?? new Uint8Array()
    expect(new Float32Array(Uint8Array.from(weight).buffer)).toEqual(trained.weights['dense2.weight']?.data)
  })

  it('refuses weights that are missing or of another form', () => {
    const { weights, ...network } = modelOf([{ type: 'dense', units: 6 }])
    const without = Object.fromEntries(Object.entries(weights).filter(([name]) => name !== 'dense1.bias'))
    expect(() => exportOnnx(network, without)).toThrow(/"dense1.bias" is missing: expected float32\[6\]/)
    const wide = { ...weights, 'dense1.bias': tensor('float64', [6], new Float64Array(6)) }
    expect(() => exportOnnx(network, wide)).toThrow(/expected float32\[6\], got float64\[6\]/)
    expect(() => exportOnnx(network, wide)).toThrow(InputError)
  })
})
