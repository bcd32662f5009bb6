/**
 * The peers in JavaScript: TensorFlow.js as its own documentation has it, a layers model and `fit` on wasm or on the library
 * of tfjs-node, with the gradients and the optimizer that it brings. Isograd's adapter only finds tfjs-node.
 */
import { createRequire } from 'node:module'
import { dirname, sep } from 'node:path'
import { InputError, type TrainingPlan } from '@isograd/core'
import type * as tfjs from '@tensorflow/tfjs'
import type * as tfjsWasm from '@tensorflow/tfjs-backend-wasm'
import type { Effort } from '../document.js'
import { peerOptimizer } from '../peers.js'
import { readSource, type StoredData } from '../stored-data.js'
import { ENDLESS, planOn, samplesOf, tfjsModel, type Workload } from '../workload.js'
import { Stopwatch, type TrainTiming } from './stopwatch.js'

type TensorFlow = typeof tfjs

/** The input of the job. */
export interface TfjsJob {
  readonly workload: Workload
  readonly stored: StoredData
  readonly effort: Effort
  /** Threads of tfjs-node; undefined for wasm. */
  readonly nodeThreads?: number
}

/** The module itself; of a CommonJS package it is the default export. */
function moduleOf(imported: object): unknown {
  return 'default' in imported ? imported.default : imported
}

async function loadNode(threads: number): Promise<TensorFlow> {
  const { loadTensorFlow } = await import('@isograd/tfjs-adapter')
  const loaded = await loadTensorFlow('node', { threads })
  if (!loaded.ok) throw new InputError('isograd', loaded.reason)
  const tf = loaded.options.tf as TensorFlow
  tf.enableProdMode()
  await tf.setBackend('tensorflow')
  return tf
}

async function loadWasm(): Promise<TensorFlow> {
  const tf = moduleOf(await import('@tensorflow/tfjs')) as TensorFlow
  const wasm = moduleOf(await import('@tensorflow/tfjs-backend-wasm')) as typeof tfjsWasm
  tf.enableProdMode()
  wasm.setWasmPaths(dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm')) + sep)
  if (!(await tf.setBackend('wasm'))) throw new InputError('isograd', 'the wasm backend does not initialise')
  return tf
}

/** The network up to the logits: the loss brings the softmax. */
async function loadNetwork(tf: TensorFlow, plan: TrainingPlan): Promise<tfjs.LayersModel> {
  const { json, weights } = tfjsModel(plan)
  const { modelTopology, weightsManifest } = JSON.parse(json) as tfjs.io.ModelJSON
  const weightSpecs = weightsManifest.flatMap((group) => group.weights)
  const weightData = weights.slice().buffer
  return tf.loadLayersModel(tf.io.fromMemory({ modelTopology, weightSpecs, weightData }))
}

/** `fit` keeps a partial last batch; where the arm drops it, its samples are left out. */
function tensorsOf(tf: TensorFlow, plan: TrainingPlan): { xs: tfjs.Tensor; ys: tfjs.Tensor } {
  const { arm, model, dataset } = plan
  const { inputs, factor, offset, targets, categories } = samplesOf(plan, dataset.splits.train)
  const { length } = targets.data
  const count = arm.lastBatch === 'keep' ? length : length - (length % arm.batchSize)
  const values = new Float32Array(inputs.data.subarray(0, (count * inputs.data.length) / length))
  values.forEach((value, i) => (values[i] = value * factor + offset))
  const expected = new Float32Array(count * categories)
  for (const [i, target] of targets.data.subarray(0, count).entries()) expected[i * categories + target] = 1
  return {
    xs: tf.tensor(values, [count, ...model.inputShape], 'float32'),
    ys: tf.tensor(expected, [count, categories], 'float32'),
  }
}

/** Runs the job. A step lasts from the end of the one before it, so that what `fit` does in between counts. */
export async function timeTfjs({ workload, stored, effort, nodeThreads }: TfjsJob): Promise<TrainTiming> {
  const tf = nodeThreads === undefined ? await loadWasm() : await loadNode(nodeThreads)
  const plan = planOn(workload, await readSource(stored))
  const model = await loadNetwork(tf, plan)
  const [optimizer, ...settings] = peerOptimizer(workload.arm).tfjs
  const make = tf.train[optimizer] as (...settings: readonly (number | undefined)[]) => tfjs.Optimizer
  const loss = (expected: tfjs.Tensor, logits: tfjs.Tensor) => tf.losses.softmaxCrossEntropy(expected, logits)
  model.compile({ optimizer: make(...settings), loss })
  const stopwatch = new Stopwatch(effort)
  let before = performance.now()
  const onBatchEnd = (): void => {
    const now = performance.now()
    if (stopwatch.add(1, (now - before) / 1000)) model.stopTraining = true
    before = now
  }
  const { xs, ys } = tensorsOf(tf, plan)
  const { batchSize } = workload.arm
  await model.fit(xs, ys, { batchSize, epochs: ENDLESS, shuffle: true, verbose: 0, callbacks: { onBatchEnd } })
  return { ...stopwatch.trainTiming, form: `a layers model and fit on the ${tf.getBackend()} backend` }
}
