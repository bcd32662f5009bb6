/** Exported files, read by readers that were written here from the formats' descriptions. */
import { describe, expect, test } from 'vitest'
import { builtins, InputError, parseExperiment, tensor, type TensorMap, TrainingPlan } from '../src/index.js'
import { exportTfjs, exportTorch } from '../src/export/index.js'
import { pictureFields } from '../src/data/formats/picture-fields.js'
import { dataTable } from '../src/data/dataset.js'
import type { Model } from '../src/model/model.js'
import { modelCarry } from '../src/plan/inputs.js'

interface Trained {
  readonly activation: string | undefined
  readonly model: Model
  readonly weights: TensorMap
}

function modelOf(layers: readonly unknown[], sampleShape: readonly number[] = [2, 3]): Trained {
  const arm = parseExperiment({
    name: 'exported',
    data: { dataset: 'none' },
    model: { layers: [{ type: 'flatten' }, ...layers, { type: 'dense', units: 2 }] },
    optimizer: { type: 'sgd' },
    batchSize: 1,
    epochs: 1,
  }).arms['default']
  if (arm === undefined) throw new Error('no arm')
  const train = dataTable({
    image: tensor(
      'uint8',
      [1, ...sampleShape],
      new Uint8Array(sampleShape.reduce((product, side) => product * side, 1)),
    ),
    label: tensor('uint8', [1], [0]),
  })
  const fields = pictureFields(sampleShape, 2)
  const dataset = { name: 'none', origin: 'none', fields, target: 'label', splits: { train } }
  const { model, initial, task } = new TrainingPlan({ armName: 'default', arm, dataset, registry: builtins })
  return { model, weights: modelCarry(model, initial), activation: task.head.prediction.keras }
}

/** Everything that the format allows and core has a layer for. */
const everything = [
  { type: 'dense', units: 4 },
  { type: 'batchNorm', momentum: 0.25 },
  { type: 'activation', function: { type: 'leakyRelu', slope: 0.25 } },
  { type: 'dropout', rate: 0.25 },
  { type: 'residual', layers: [{ type: 'dense', units: 4, bias: false }, { type: 'prelu' }] },
]

interface ForeignTensor {
  readonly dtype: string
  readonly shape: readonly number[]
  readonly values: readonly number[]
}

/**
 * The format as its README has it: 8 bytes of header length, little-endian; a JSON header that begins with "{"; offsets
 * from the end of the header, in order and without holes.
 */
function readSafetensors(file: Uint8Array): { metadata: Record<string, string>; tensors: Map<string, ForeignTensor> } {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  const length = view.getUint32(0, true) + 2 ** 32 * view.getUint32(4, true)
  expect(String.fromCharCode(file[8] ?? 0)).toBe('{')
  const text = new TextDecoder('utf-8', { fatal: true }).decode(file.subarray(8, 8 + length))
  const header = JSON.parse(text) as Record<string, { dtype: string; shape: number[]; data_offsets: [number, number] }>
  const { __metadata__: metadata, ...entries } = header
  const spans = Object.values(entries)
    .map(({ data_offsets: offsets }) => offsets)
    .toSorted((a, b) => a[0] - b[0])
  expect(spans.map(([begin]) => begin)).toEqual([0, ...spans.slice(0, -1).map(([, end]) => end)])
  expect(spans.at(-1)?.[1]).toBe(file.length - 8 - length)
  const tensors = Object.entries(entries).map(
    ([
      name,
      {
        dtype,
        shape,
        data_offsets: [begin, end],
      },
    ]) => {
      expect(dtype).toBe('F32')
      const values = Array.from({ length: (end - begin) / 4 }, (_, i) =>
        view.getFloat32(8 + length + begin + 4 * i, true),
      )
      expect(values.length).toBe(shape.reduce((product, size) => product * size, 1))
      return [name, { dtype, shape, values }] as const
    },
  )
  return { metadata: metadata as unknown as Record<string, string>, tensors: new Map(tensors) }
}

describe('exportTorch', () => {
  const uneven = 'padding that differs before and behind'
  test.each<[object, string]>([
    [
      { type: 'conv2d', name: 'c', filters: 1, size: 2, padding: 'same' },
      `"c" (conv2d) has no module in torch.nn with ${uneven}`,
    ],
    [
      {
        type: 'maxPool',
        name: 'c',
        padding: [
          [0, 1],
          [0, 0],
        ],
      },
      `"c" (maxPool) has no module in torch.nn with ${uneven}, or is more than half a window`,
    ],
    [{ type: 'gru', name: 'c', units: 1, reset: 'before' }, '"c" (gru) has no module in torch.nn with reset "before"'],
    [{ type: 'lstm', name: 'c', units: 1, peephole: true }, '"c" (lstm) has no module in torch.nn with a peephole'],
    [
      { type: 'lstm', name: 'c', units: 1, direction: 'backward' },
      '"c" (lstm) has no module in torch.nn with direction "backward"',
    ],
    [
      { type: 'selfAttention', name: 'c', heads: 1, rotary: true },
      '"c" (selfAttention) has no module in torch.nn with rotary positions',
    ],
    [
      { type: 'positional', name: 'c', of: 'sinusoidal' },
      '"c" (positional) has no module in torch.nn with sinusoidal positions',
    ],
  ])('refuses %o by the setting that PyTorch lacks', (layer, message) => {
    const { model, weights } = modelOf([{ type: 'reshape', shape: [6, 4] }, layer, { type: 'flatten' }], [6, 4])
    expect(() => exportTorch(model, 'image', weights)).toThrow(`layer ${message}; export to onnx`)
  })

  test('keeps dense weights as torch.nn.Linear: row o, column i is the weight from input i to output o', () => {
    const { model, weights } = modelOf([])
    const known = {
      ...weights,
      'dense1.weight': tensor('float32', [6, 2], [0, 1, 10, 11, 20, 21, 30, 31, 40, 41, 50, 51]),
    }
    const { tensors } = readSafetensors(exportTorch(model, 'image', known))
    expect(tensors.get('dense1.weight')).toEqual({
      dtype: 'F32',
      shape: [2, 6],
      values: [0, 10, 20, 30, 40, 50, 1, 11, 21, 31, 41, 51],
    })
    expect(tensors.get('dense1.bias')?.shape).toEqual([2])
  })

  test('names tensors as the modules of torch.nn do, and lists these in order', () => {
    const { model, weights } = modelOf(everything)
    const { tensors, metadata } = readSafetensors(exportTorch(model, 'image', weights))
    const names = [...tensors.keys()].toSorted()
    expect(names.map((name) => [name, tensors.get(name)?.shape])).toEqual([
      ['batchNorm1.bias', [4]],
      ['batchNorm1.running_mean', [4]],
      ['batchNorm1.running_var', [4]],
      ['batchNorm1.weight', [4]],
      ['dense1.bias', [4]],
      ['dense1.weight', [4, 6]],
      ['dense2.weight', [4, 4]],
      ['dense3.bias', [2]],
      ['dense3.weight', [2, 4]],
      ['prelu1.weight', [1]],
    ])
    expect(metadata).toMatchObject({ format: 'pt', input: 'image', linear_weight: '[outputs, inputs]' })
    expect(JSON.parse(metadata['modules'] ?? '')).toEqual([
      ['flatten1', 'Flatten()'],
      ['dense1', 'Linear(6, 4)'],
      ['batchNorm1', 'BatchNorm1d(4, eps=0.00001, momentum=0.25)'],
      ['activation1', 'LeakyReLU(0.25)'],
      ['dropout1', 'Dropout(0.25)'],
      ['dense2', 'Linear(4, 4, bias=False)'],
      ['prelu1', 'PReLU()'],
      ['residual1', 'x + (dense2, prelu1)(x)'],
      ['dense3', 'Linear(4, 2)'],
    ])
  })

  test.each(Object.keys(builtins.activations))('has a module for %s', (type) => {
    const { model, weights } = modelOf([{ type: 'activation', function: type }])
    const { metadata } = readSafetensors(exportTorch(model, 'image', weights))
    const modules = JSON.parse(metadata['modules'] ?? '') as [string, string][]
    expect(modules[1]?.[1]).toMatch(/^[A-Z][A-Za-z]+\(.*\)$/)
  })
})

describe('exportTfjs', () => {
  interface Document {
    readonly modelTopology: {
      readonly model_config: {
        readonly class_name: string
        readonly config: { readonly layers: readonly { class_name: string; config: Record<string, unknown> }[] }
      }
    }
    readonly weightsManifest: readonly [
      { readonly paths: readonly string[]; readonly weights: readonly { name: string; shape: number[] }[] },
    ]
  }

  function exported({ model, weights, activation }: Trained) {
    const { json, weights: bytes } = exportTfjs('exported', model, activation, weights, '1.2.3')
    return { document: JSON.parse(json) as Document, bytes }
  }

  test('a stack becomes a Sequential model that ends in a softmax', () => {
    const { document } = exported(modelOf(everything.slice(0, 4)))
    const { class_name: kind, config } = document.modelTopology.model_config
    expect(kind).toBe('Sequential')
    expect(config.layers.map((layer) => layer.class_name)).toEqual([
      'Flatten',
      'Dense',
      'BatchNormalization',
      'LeakyReLU',
      'Dropout',
      'Dense',
      'Activation',
    ])
    expect(config.layers[0]?.config).toMatchObject({ name: 'flatten1', batch_input_shape: [null, 2, 3] })
    // Keras's momentum is what stays of the running statistics.
    expect(config.layers[2]?.config).toMatchObject({ momentum: 0.75, epsilon: 1e-5 })
    expect(config.layers.at(-1)?.config).toMatchObject({ activation: 'softmax' })
  })

  test('a residual connection makes it a functional model', () => {
    const { document } = exported(modelOf(everything))
    const { class_name: kind, config } = document.modelTopology.model_config
    expect(kind).toBe('Model')
    expect(config.layers.map((layer) => layer.class_name).slice(6)).toEqual([
      'Dense',
      'PReLU',
      'Add',
      'Dense',
      'Activation',
    ])
  })

  test('a layer that is applied twice is one layer with two places, and what takes it says which', () => {
    const graph = [
      { type: 'dense', units: 6, name: 'side' },
      { type: 'shared', layer: 'side', name: 'again' },
      { type: 'concatenate', inputs: ['side', 'again'] },
    ]
    const { document } = exported(modelOf(graph))
    const { layers } = document.modelTopology.model_config.config
    const placed = layers as unknown as { readonly name: string; readonly inbound_nodes: unknown }[]
    expect(placed.map(({ name }) => name)).not.toContain('again')
    expect(placed.find(({ name }) => name === 'side')?.inbound_nodes).toEqual([
      [['flatten1', 0, 0, {}]],
      [['side', 0, 0, {}]],
    ])
    expect(placed.find(({ name }) => name === 'concatenate1')?.inbound_nodes).toEqual([
      [
        ['side', 0, 0, {}],
        ['side', 1, 0, {}],
      ],
    ])
  })

  test('weights lie in the order of the manifest', () => {
    const trained = modelOf(everything)
    const { document, bytes } = exported(trained)
    const [{ paths, weights }] = document.weightsManifest
    expect(paths).toEqual(['group1-shard1of1.bin'])
    const names = ['dense1/kernel', 'dense1/bias', 'batchNorm1/gamma', 'batchNorm1/beta', 'batchNorm1/moving_mean']
    expect(weights.map(({ name }) => name).slice(0, 5)).toEqual(names)
    const count = weights.reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0)
    expect(bytes.length).toBe(4 * count)
    const kernel = new Float32Array(Uint8Array.from(bytes.subarray(0, 96)).buffer)
    expect(kernel).toEqual(trained.weights['dense1.weight']?.data)
  })

  test('refuses what TensorFlow.js cannot load, and names that it needs', () => {
    const softplus = modelOf([{ type: 'activation', function: { type: 'softplus', beta: 2 } }])
    expect(() => exported(softplus)).toThrow(/loads no softplus with a beta of 2, only of 1; export to onnx/)
    expect(() => exported(softplus)).toThrow(InputError)
    expect(() => exported(modelOf([{ type: 'activation', function: { type: 'elu', alpha: 0.5 } }]))).toThrow(
      /no elu with/,
    )
    expect(() => exported(modelOf([{ type: 'activation', function: 'geluTanh' }]))).toThrow(/loads no gelu by tanh/)
    expect(() => exported(modelOf([{ type: 'dense', units: 3, name: 'samples' }]))).toThrow(
      /may not be named "samples"/,
    )
    expect(() => exported({ ...modelOf([]), weights: {} })).toThrow(/weight "dense1.weight" is missing/)
  })
})
