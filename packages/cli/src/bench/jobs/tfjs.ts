/**
 * The peer in JavaScript: TensorFlow.js as its own documentation has it, `tf.sequential` and `fit` on the wasm backend,
 * with the gradients and the optimizer that it brings. Nothing of isograd's adapter is in it.
 */
import { createRequire } from 'node:module'
import { dirname, sep } from 'node:path'
import { type Dataset, InputError, sampleCount, type Split } from '@isograd/core'
import type * as tfjs from '@tensorflow/tfjs'
import type * as tfjsWasm from '@tensorflow/tfjs-backend-wasm'
import type { PeerLayer, PeerOptimizer } from '../peer-network.js'
import type { TfjsJob, TrainResult } from '../job.js'
import { peakMemory } from '../peak-memory.js'
import { Stopwatch } from '../stopwatch.js'
import { readData } from './data.js'
import { secondsSince } from './surroundings.js'

type TensorFlow = typeof tfjs
type Wasm = typeof tfjsWasm
type LayerMaker = (tf: TensorFlow, layer: PeerLayer) => tfjs.layers.Layer

/** More epochs than any measurement lasts. */
const ENDLESS = 1_000_000

const PIXEL_SCALE = 255

/** The module itself; of a CommonJS package it is the default export. */
function moduleOf(imported: object): unknown {
  return 'default' in imported ? imported.default : imported
}

async function loadTensorFlow(): Promise<{ readonly tf: TensorFlow; readonly versions: Record<string, string> }> {
  const tf = moduleOf(await import('@tensorflow/tfjs')) as TensorFlow
  const wasm = moduleOf(await import('@tensorflow/tfjs-backend-wasm')) as Wasm
  tf.enableProdMode()
  wasm.setWasmPaths(dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm')) + sep)
  if (!(await tf.setBackend('wasm'))) throw new InputError('isograd', 'the wasm backend does not initialise')
  const versions = { '@tensorflow/tfjs': tf.version.tfjs, '@tensorflow/tfjs-backend-wasm': wasm.version_wasm }
  return { tf, versions }
}

/** What Keras calls an activation where TensorFlow.js has it by name. */
const activationNames = {
  linear: 'linear',
  relu: 'relu',
  sigmoid: 'sigmoid',
  tanh: 'tanh',
  softsign: 'softsign',
  softmax: 'softmax',
  selu: 'selu',
  softplus: 'softplus',
  silu: 'swish',
  gelu: 'gelu',
  geluTanh: 'gelu_new',
} as const

function activationLayer(
  tf: TensorFlow,
  spec: Extract<PeerLayer, { type: 'activation' }>['function'],
): tfjs.layers.Layer {
  switch (spec.type) {
    case 'leakyRelu':
      return tf.layers.leakyReLU({ alpha: spec.slope })
    case 'elu':
      return tf.layers.elu({ alpha: spec.alpha })
    default:
      return tf.layers.activation({ activation: activationNames[spec.type] })
  }
}

const layerOf: LayerMaker = (tf, layer) => {
  switch (layer.type) {
    case 'flatten':
      return tf.layers.flatten()
    case 'dense':
      return tf.layers.dense({ units: layer.units, useBias: layer.bias })
    case 'dropout':
      return tf.layers.dropout({ rate: layer.rate })
    case 'activation':
      return activationLayer(tf, layer.function)
  }
}

function optimizerOf(tf: TensorFlow, spec: PeerOptimizer): tfjs.Optimizer {
  if (spec.type === 'adam') return tf.train.adam(spec.learningRate, spec.beta1, spec.beta2, spec.epsilon)
  return spec.momentum === 0 ? tf.train.sgd(spec.learningRate) : tf.train.momentum(spec.learningRate, spec.momentum)
}

function modelOf(tf: TensorFlow, { network }: TfjsJob, sampleShape: readonly number[]): tfjs.Sequential {
  const layers = network.layers.map((layer) => layerOf(tf, layer))
  const model = tf.sequential({ layers: [tf.layers.inputLayer({ inputShape: [...sampleShape] }), ...layers] })
  const loss = (labels: tfjs.Tensor, logits: tfjs.Tensor): tfjs.Tensor => tf.losses.softmaxCrossEntropy(labels, logits)
  model.compile({ optimizer: optimizerOf(tf, network.optimizer), loss })
  return model
}

/** `fit` keeps a partial last batch; where the arm drops it, its samples are left out. */
function samplesOf(split: Split, { network }: TfjsJob): number {
  const count = sampleCount(split)
  return network.lastBatch === 'keep' ? count : count - (count % network.batchSize)
}

function tensorsOf(tf: TensorFlow, job: TfjsJob, { train, sampleShape, classes }: Dataset) {
  const count = samplesOf(train, job)
  const bytes = train.images.data
  const pixels = new Float32Array((count * bytes.length) / sampleCount(train))
  for (let i = 0; i < pixels.length; i++) pixels[i] = (bytes[i] ?? 0) / PIXEL_SCALE
  const labels = new Float32Array(count * classes)
  for (let i = 0; i < count; i++) labels[i * classes + (train.labels.data[i] ?? 0)] = 1
  return {
    xs: tf.tensor(pixels, [count, ...sampleShape], 'float32'),
    ys: tf.tensor(labels, [count, classes], 'float32'),
  }
}

/** Runs the job. A step lasts from the end of the one before it, so that what `fit` does in between counts. */
export async function runTfjsJob(job: TfjsJob, startedAt: number): Promise<TrainResult> {
  const { tf, versions } = await loadTensorFlow()
  const dataset = await readData(job.data)
  const model = modelOf(tf, job, dataset.sampleShape)
  const { xs, ys } = tensorsOf(tf, job, dataset)
  const stopwatch = new Stopwatch(job.effort)
  let firstStepSeconds: number | undefined
  let before = performance.now()
  const onBatchEnd = (): void => {
    const now = performance.now()
    firstStepSeconds ??= secondsSince(startedAt)
    if (stopwatch.add(1, (now - before) / 1000)) model.stopTraining = true
    before = now
  }
  const { batchSize } = job.network
  await model.fit(xs, ys, { batchSize, epochs: ENDLESS, shuffle: true, verbose: 0, callbacks: { onBatchEnd } })
  return {
    stepSeconds: stopwatch.stepSeconds,
    steps: stopwatch.steps,
    firstStepSeconds: firstStepSeconds ?? Number.NaN,
    peakBytes: peakMemory(),
    versions,
  }
}
