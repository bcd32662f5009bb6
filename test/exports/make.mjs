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
import { builtins, networkOf, parseExperiment, predict, referenceBackend, tensor } from '@isograd/core'
import { pictureFields, RandomStream } from '@isograd/core/data'
import { exportTorch, kerasProgram, torchProgram } from '@isograd/core/export'
import { exportOnnx } from '@isograd/onnx-adapter'

const sampleShape = [4, 3]
const samples = 5

const dense = { type: 'dense', units: 6 }
const activation = (name) => [dense, { type: 'activation', function: name }]

/** Layers between the first and the last, by name. */
const models = {
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

function trained(layers) {
  const document = {
    name: 'exported',
    data: { dataset: 'none' },
    model: { layers: [{ type: 'flatten' }, ...layers, { type: 'dense', units: 3 }] },
    optimizer: { type: 'sgd' },
    batchSize: 1,
    epochs: 1,
  }
  const arm = parseExperiment(document).arms.default
  const network = networkOf(arm, { name: 'none', fields: pictureFields(sampleShape, 3), target: 'label' }, builtins)
  const stream = new RandomStream(1, 'weights')
  const weights = [...network.model.parameters, ...network.model.states].map(({ name, shape }) => {
    const draw = () => (name.endsWith('var') ? 0.5 + stream.uniform() : stream.normal())
    const count = shape.reduce((product, length) => product * length, 1)
    return [name, tensor('float32', shape, Array.from({ length: count }, draw))]
  })
  return { ...network, weights: Object.fromEntries(weights) }
}

/** Keras's program, or none where TensorFlow.js and so ours lacks a layer. */
function kerasFiles(model) {
  try {
    return { 'model_keras.py': kerasProgram(model, 'softmax', ['exported'], 'model.safetensors', 'float32') }
  } catch {
    return {}
  }
}

/** Files of one model by name. */
function filesOf(network) {
  const { model, weights } = network
  const opsets = [13, 17, 20, 21].map((opset) => [`opset${opset}.onnx`, exportOnnx(network, weights, { opset })])
  return {
    ...Object.fromEntries(opsets),
    'stored.onnx': exportOnnx(network, weights, { form: 'stored' }),
    'model.safetensors': exportTorch(model, 'samples', weights),
    'model.py': torchProgram(model, ['exported'], 'model.safetensors', false),
    ...kerasFiles(model),
  }
}

/** Files of all models, by model and name, with what is expected of them. */
export async function allExports() {
  const stream = new RandomStream(2, 'samples')
  const bytes = Uint8Array.from({ length: samples * 12 }, () => stream.below(256))
  const entries = Object.entries(models).map(async ([name, layers]) => {
    const network = trained(layers)
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
