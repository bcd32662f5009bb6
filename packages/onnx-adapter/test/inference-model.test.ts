/** Exported models in stock ONNX Runtime: a session of its own, nothing but the file, against the reference backend. */
import { builtins, networkOf, parseExperiment, predict, referenceBackend, type TrainedModel } from '@isograd/core'
import { type FloatDType, InputError, tensor, type TensorMap } from '@isograd/core/backend'
import { type Field, pictureFields, RandomStream } from '@isograd/core/data'
import * as ort from 'onnxruntime-node'
import { describe, expect, it } from 'vitest'
import { exportOnnx, type OnnxExportOptions } from '../src/model/inference.js'
import { decodeModel } from '../src/model/proto.js'

const sampleShape = [5, 4]

const pictures = pictureFields(sampleShape, 3)
const tokens: Field = { dtype: 'uint8', shape: [5], encoding: { kind: 'numbers' } }

/** A model with random weights; running variances stay positive. */
function networkWith(
  layers: readonly unknown[],
  precision: FloatDType,
  fields: Readonly<Record<string, Field>>,
): TrainedModel {
  const document = {
    name: 'exported',
    data: { dataset: 'none' },
    model: { layers: [...layers, { type: 'dense', units: 3 }] },
    optimizer: { type: 'sgd' },
    batchSize: 1,
    epochs: 1,
    precision,
  }
  const { default: arm } = parseExperiment(document).arms
  if (arm === undefined) throw new RangeError('no arm')
  const network = networkOf(arm, { name: 'none', fields, target: 'label' }, builtins)
  const { parameters, states } = network.model
  const stream = new RandomStream(1, 'weights')
  const weights = [...parameters, ...states].map(({ name, shape }) => {
    const count = shape.reduce((product, dimension) => product * dimension, 1)
    const draw = () => (name.endsWith('var') ? 0.5 + stream.uniform() : stream.normal())
    return [name, tensor(precision, shape, Array.from({ length: count }, draw))]
  })
  return { ...network, weights: Object.fromEntries(weights) as TensorMap }
}

function modelOf(layers: readonly unknown[], precision: FloatDType = 'float32'): TrainedModel {
  return networkWith([{ type: 'flatten' }, ...layers], precision, pictures)
}

function exported(trained: TrainedModel, options: OnnxExportOptions = {}): Uint8Array {
  return exportOnnx(trained, trained.weights, options)
}

/** Stored samples of the fields that a network takes: bytes of pictures, and tokens below 5. */
function drawn(trained: TrainedModel, count: number) {
  const stream = new RandomStream(2, 'sample')
  const columns = trained.task.inputs.map(({ name, field }) => {
    const isPicture = 'scale' in field.encoding
    const shape = [count, ...field.shape]
    const size = shape.reduce((product, dimension) => product * dimension, 1)
    const data = Uint8Array.from({ length: size }, () => stream.below(isPicture ? 256 : 5))
    return [name, { ...tensor('uint8', shape, data), divisor: isPicture ? 255 : 1 }] as const
  })
  return Object.fromEntries(columns)
}

/** The largest difference, relative to the largest expected value. */
async function difference(trained: TrainedModel, count: number, opset = 17): Promise<number> {
  const columns = drawn(trained, count)
  const expected = await predict(referenceBackend(), trained, columns)
  const { precision } = trained.arm
  // As it comes; but its fusions put float64 factors into float32 attributes (1.30.0, selu is off by 3e-8).
  const options = precision === 'float64' ? ({ graphOptimizationLevel: 'basic' } as const) : {}
  const session = await ort.InferenceSession.create(exported(trained, { opset }), options)
  const feeds = Object.entries(columns).map(([name, { shape, data, divisor }]) => {
    const { data: seen } = tensor(
      precision,
      shape,
      Float64Array.from(data, (stored) => stored / divisor),
    )
    return [
      session.inputNames.includes(name) ? name : 'samples',
      new ort.Tensor(precision, seen as Float32Array, shape),
    ]
  })
  const results = await session.run(Object.fromEntries(feeds) as Record<string, ort.Tensor>)
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

  const { image, label } = pictures
  const all = { image, ids: tokens, label }
  const flatten = { type: 'flatten' }
  const padded = { inputs: ['image', 'ids'] }
  const onSteps = { axis: 'last', inputs: ['image'] }
  const queries = { type: 'dense', units: 4, name: 'queries', ...onSteps }
  const memory = { type: 'dense', units: 4, name: 'memory', ...onSteps }
  const looking = { type: 'crossAttention', heads: 2, inputs: ['queries', 'memory'] }
  const attending = { type: 'selfAttention', heads: 2 }
  it.each<[string, unknown[], Record<string, Field>?]>([
    ['an embedding', [{ type: 'embedding', tokens: 5, units: 4 }, flatten], { ids: tokens, label }],
    ['attention alone', [attending, flatten]],
    ['attention without bias', [{ ...attending, bias: false }, flatten]],
    ['attention to another sequence', [queries, memory, looking, flatten]],
    ['causal attention', [{ ...attending, causal: true }, flatten]],
    ['causal attention to another sequence', [queries, memory, { ...looking, causal: true }, flatten]],
    ['rotary positions', [{ ...attending, rotary: true }, flatten]],
    ['causal attention with rotary positions', [{ ...attending, causal: true, rotary: true }, flatten]],
    ['learned positions', [{ type: 'positional' }, flatten]],
    ['sinusoidal positions', [{ type: 'positional', of: 'sinusoidal' }, flatten]],
    ['an LSTM with a peephole', [{ type: 'lstm', units: 3, peephole: true }]],
    ['one both ways', [{ type: 'lstm', units: 3, peephole: true, direction: 'both', returnSequences: true }, flatten]],
    ['a GRU with the reset before the product', [{ type: 'gru', units: 3, reset: 'before' }]],
    ['one without bias, backward', [{ type: 'gru', units: 3, reset: 'before', bias: false, direction: 'backward' }]],
    ['an LSTM backward', [{ type: 'lstm', units: 3, direction: 'backward', returnSequences: true }, flatten]],
    ['a simple network over unequal lengths', [{ type: 'simpleRnn', units: 3, ...padded }], all],
    ['a GRU over unequal lengths, both ways', [{ type: 'gru', units: 3, direction: 'both', ...padded }], all],
    ['an LSTM over unequal lengths', [{ type: 'lstm', units: 3, returnSequences: true, ...padded }, flatten], all],
    ['attention over unequal lengths', [{ ...attending, causal: true, padding: 1, ...padded }, flatten], all],
    [
      'attention to another sequence of unequal lengths',
      [queries, memory, { ...looking, inputs: ['queries', 'memory', 'ids'] }, flatten],
      all,
    ],
    ['an encoder over unequal lengths', [{ type: 'transformerEncoder', units: 5, ...padded }, flatten], all],
  ])('%s gives the same', async (_, layers, fields = pictures) => {
    expect(await difference(networkWith(layers, 'float32', fields), 4)).toBeLessThan(bounds.float32)
    // The softmax of attention is composed in float64, and needs opset 18.
    expect(await difference(networkWith(layers, 'float64', fields), 4, 18)).toBeLessThan(bounds.float64)
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
