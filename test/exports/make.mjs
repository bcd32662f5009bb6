/**
 * Writes exported models with weights drawn from a seed, for `check.py`, which opens them with other tools.
 *
 *   node test/exports/make.mjs DIRECTORY
 *
 * A folder a model: the files of each format, and `expected.json` with samples and what the reference backend predicts.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { builtins, InputError, networkOf, parseExperiment, predict, referenceBackend, tensor } from '@isograd/core'
import { pictureFields, RandomStream } from '@isograd/core/data'
import { exportTorch, kerasProgram, torchProgram } from '@isograd/core/export'
import { exportOnnx } from '@isograd/onnx-adapter'

const samples = 5

const dense = { type: 'dense', units: 6 }
const activation = (name) => [dense, { type: 'activation', function: name }]

/** Layers between the flattening and the last, by name. */
const stacks = {
  ...Object.fromEntries(Object.keys(builtins.activations).map((name) => [name, activation(name)])),
  elu2: activation({ type: 'elu', alpha: 0.5 }),
  leaky: activation({ type: 'leakyRelu', slope: 0.3 }),
  prelu: [dense, { type: 'prelu' }],
  batchNorm: [dense, { type: 'batchNorm' }, { type: 'activation' }],
  dropout: [dense, { type: 'dropout', rate: 0.3 }, { type: 'activation' }],
  withoutBias: [{ ...dense, bias: false }],
  residual: [
    dense,
    {
      type: 'residual',
      layers: [
        { ...dense, name: 'in-ner' },
        { type: 'residual', layers: [{ type: 'activation' }, dense] },
      ],
    },
  ],
}

const relu = { type: 'activation', function: 'relu' }
const flatten = { type: 'flatten' }

/** Layers over planes and over steps, between the samples and the last. */
const planes = {
  lenet: [
    { type: 'conv2d', filters: 4, size: 3, padding: 'same' },
    { type: 'batchNorm' },
    relu,
    { type: 'maxPool', size: 2 },
    { type: 'depthwiseConv2d', size: 3, multiplier: 2, padding: 1 },
    { type: 'residual', layers: [{ type: 'conv2d', filters: 8, size: [1, 3], padding: [0, 1], groups: 2 }, relu] },
    flatten,
  ],
  resized: [
    { type: 'conv2d', filters: 3, size: 3, stride: 2, padding: 1 },
    { type: 'convTranspose2d', filters: 4, size: 3, stride: 2, padding: 1, outputPadding: 1 },
    { type: 'prelu' },
    { type: 'spatialDropout' },
    { type: 'averagePool', size: 3, stride: 2, padding: 1, countPadding: false },
    { type: 'upsampling' },
    { type: 'zeroPadding', padding: [1, 0] },
    { type: 'averagePool', size: 2, stride: 1 },
    { type: 'groupNorm', groups: 2 },
    flatten,
  ],
  pooled: [{ type: 'conv2d', filters: 4, size: 3, dilation: 2 }, { type: 'instanceNorm' }, { type: 'globalMaxPool' }],
  meaned: [{ type: 'conv1d', filters: 4, size: 3, padding: 1 }, relu, { type: 'globalAveragePool' }],
  asymmetric: [
    { type: 'conv2d', filters: 3, size: 3, stride: 2, padding: 'same' },
    {
      type: 'maxPool',
      size: 3,
      stride: 1,
      padding: [
        [1, 0],
        [2, 1],
      ],
    },
    flatten,
  ],
  enlarged: [
    { type: 'conv2d', filters: 4, size: 3, stride: 2, padding: 1 },
    { type: 'convTranspose2d', filters: 4, size: 3, stride: 2, padding: 1, outputPadding: 1 },
    { type: 'prelu' },
    { type: 'spatialDropout' },
    { type: 'averagePool', size: 3, stride: 1, padding: 'same', countPadding: false },
    { type: 'upsampling' },
    { type: 'zeroPadding', padding: [1, 0] },
    { type: 'conv2d', filters: 4, size: 2, groups: 2, dilation: 2 },
    { type: 'groupNorm', groups: 2 },
    { type: 'layerNorm' },
    { type: 'maxPool', size: 4 },
    flatten,
  ],
  signal: [
    { type: 'conv1d', filters: 4, size: 3, padding: 'same' },
    { type: 'maxPool', size: 2 },
    { type: 'upsampling', factor: 3 },
    { type: 'permute', axes: [1, 0] },
    { type: 'rmsNorm' },
    { type: 'lstm', units: 3 },
  ],
  squeezed: [
    { type: 'conv2d', filters: 6, size: 3, padding: [1, 2] },
    { type: 'squeezeExcite', ratio: 2 },
    {
      type: 'residual',
      layers: [{ type: 'conv2d', filters: 6, size: 3, padding: 'same' }, relu, { type: 'stochasticDepth', rate: 0.2 }],
    },
    { type: 'averagePool', size: 3, stride: 2, padding: 1 },
    { type: 'convTranspose2d', filters: 3, size: 2, stride: 3 },
    { type: 'activation', function: 'softmax' },
    flatten,
  ],
  decoder: [
    { ...dense, axis: 'last', name: 'seen' },
    { ...dense, axis: 'last', name: 'told', inputs: ['input'] },
    { type: 'transformerDecoder', heads: 2, units: 5, function: 'gelu', inputs: [-1, 'seen'] },
    flatten,
  ],
  recurrent: [
    { type: 'simpleRnn', units: 4, returnSequences: true },
    { type: 'lstm', units: 3, direction: 'both', returnSequences: true, bias: false },
    { type: 'gru', units: 4 },
  ],
  lstm: [{ type: 'lstm', units: 5, forgetBias: 1 }],
  gru: [{ type: 'gru', units: 4, direction: 'both', returnSequences: true }, flatten],
  transformer: [
    { ...dense, axis: 'last' },
    { type: 'positional' },
    { type: 'transformerEncoder', heads: 2, units: 8 },
    { type: 'layerNorm' },
    flatten,
  ],
}

const models = {
  ...Object.fromEntries(
    Object.entries(stacks).map(([name, layers]) => [name, { shape: [4, 3], spread: 1, layers: [flatten, ...layers] }]),
  ),
  ...Object.fromEntries(Object.entries(planes).map(([name, layers]) => [name, { shape: [8, 6], spread: 0.4, layers }])),
}

function trained({ shape: sampleShape, spread, layers }) {
  const document = {
    name: 'exported',
    data: { dataset: 'none' },
    model: { layers: [...layers, { type: 'dense', units: 3 }] },
    optimizer: { type: 'sgd' },
    batchSize: 1,
    epochs: 1,
  }
  const arm = parseExperiment(document).arms.default
  const network = networkOf(arm, { name: 'none', fields: pictureFields(sampleShape, 3), target: 'label' }, builtins)
  const stream = new RandomStream(1, 'weights')
  const weights = [...network.model.parameters, ...network.model.states].map(({ name, shape }) => {
    const draw = () => (name.endsWith('var') ? 0.5 + stream.uniform() : spread * stream.normal())
    const count = shape.reduce((product, length) => product * length, 1)
    return [name, tensor('float32', shape, Array.from({ length: count }, draw))]
  })
  return { ...network, weights: Object.fromEntries(weights) }
}

/** Files, or none where the format lacks a layer. */
function written(files) {
  try {
    return files()
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    return {}
  }
}

/** Files of one model by name. */
function filesOf(network) {
  const { model, weights } = network
  const opsets = [13, 17, 20, 21].map((opset) =>
    written(() => ({ [`opset${opset}.onnx`]: exportOnnx(network, weights, { opset }) })),
  )
  return {
    ...Object.assign({}, ...opsets),
    ...written(() => ({ 'stored.onnx': exportOnnx(network, weights, { form: 'stored' }) })),
    ...written(() => ({
      'model.safetensors': exportTorch(model, 'samples', weights),
      'model.py': torchProgram(model, ['exported'], 'model.safetensors', false),
    })),
    ...written(() => ({
      'model_keras.py': kerasProgram(model, 'softmax', ['exported'], 'model.safetensors', 'float32'),
    })),
  }
}

/** Files of all models, by model and name, with what is expected of them. */
export async function allExports() {
  const stream = new RandomStream(2, 'samples')
  const bytesOf = (count) => Uint8Array.from({ length: samples * count }, () => stream.below(256))
  const drawn = { 12: bytesOf(12), 48: bytesOf(48) }
  const entries = Object.entries(models).map(async ([name, given]) => {
    const network = trained(given)
    const sampleShape = given.shape
    const bytes = drawn[sampleShape[0] * sampleShape[1]]
    const columns = { image: tensor('uint8', [samples, ...sampleShape], bytes) }
    const predictions = await predict(referenceBackend(), network, columns)
    const expected = {
      samples: [...bytes],
      shape: [samples, ...sampleShape],
      output: predictions.map(({ output }) => output),
      prediction: predictions.map(({ values }) => values),
    }
    return [name, { files: filesOf(network), expected }]
  })
  return Object.fromEntries(await Promise.all(entries))
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  for (const [name, { files, expected }] of Object.entries(await allExports())) {
    const directory = join(process.argv[2] ?? 'exports', name)
    mkdirSync(directory, { recursive: true })
    for (const [file, content] of Object.entries(files)) writeFileSync(join(directory, file), content)
    writeFileSync(join(directory, 'expected.json'), JSON.stringify(expected))
  }
}
