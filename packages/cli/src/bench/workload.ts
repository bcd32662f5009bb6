/**
 * Workloads: an arm of a preset with what core makes of it on a data set. All that the bench knows of experiments,
 * models and data sets stands here; its jobs take programs, events and tensors.
 */
import {
  type ArmSpec,
  buildModel,
  checkFit,
  decodeSafetensors,
  exportTfjs,
  exportTorch,
  findPreset,
  initialCarry,
  InputError,
  isChain,
  lowerTraining,
  type Model,
  ONLY_ARM,
  parseExperiment,
  presets,
  type RunEvent,
  sampleCount,
  selectArms,
  type Split,
  stepsPerEpoch,
  tensor,
  type TensorMap,
  type TfjsModel,
  train,
} from '@isograd/core'
import { type Backend, elementCount } from '@isograd/core/backend'
import type { Dataset } from '@isograd/core/data'
import type { Program } from '@isograd/core/ir'

/** An arm to be measured. */
export interface Workload {
  readonly preset: string
  readonly armName: string
  readonly arm: ArmSpec
}

/** A data set and a workload in words and numbers. */
export type DataDescription = ReturnType<typeof describeData>
export type WorkloadDescription = ReturnType<typeof describeWorkload>

/** More epochs than any measurement lasts. */
export const ENDLESS = 1_000_000

/** The presets differ in initial values, masks and functions more than in networks: these have one of each. */
const oneOfEach = ['keras-13x10', 'keras-64x6-32x6', 'softmax-linear', 'nn-3layer', 'torch-mlp5']

/** The arm of `preset` or `preset:arm`; the first one unless named. */
function workloadOf(word: string): Workload {
  const [name = '', ...rest] = word.split(':')
  const preset = findPreset(name)
  if (isChain(preset)) throw new InputError('isograd', `--preset: "${name}" is computed once and not trained`)
  const experiment = parseExperiment(preset, { source: `preset "${name}"` })
  const { arms } = rest.length === 0 ? experiment : selectArms(experiment, [rest.join(':')])
  const [first] = Object.entries(arms)
  if (first === undefined) throw new InputError('isograd', `preset "${name}" has no arm`)
  return { preset: name, armName: first[0], arm: first[1] }
}

/** The workloads that words name: `preset`, `preset:arm`, or `all`. @throws InputError for an unknown name. */
export function presetWorkloads(words: readonly string[] = oneOfEach): Workload[] {
  const all = presets.filter((preset) => !isChain(preset)).map(({ name }) => name)
  return words.flatMap((word) => (word === 'all' ? all : [word])).map(workloadOf)
}

/** A workload from an experiment without arms. */
export function workloadFrom(experiment: { readonly name: string; readonly [field: string]: unknown }): Workload {
  const arm = parseExperiment(experiment).arms[ONLY_ARM]
  if (arm === undefined) throw new Error('internal: an experiment without arms has one')
  return { preset: experiment.name, armName: ONLY_ARM, arm }
}

/** @throws InputError when the workload does not fit the data. */
export function checkWorkload({ armName, arm }: Workload, dataset: Dataset): void {
  checkFit(armName, arm, dataset)
}

/** The data set that is measured on. */
export function describeData({ name, origin, sampleShape, train: rows, test }: Dataset) {
  return { name, origin, sampleShape, train: sampleCount(rows), test: sampleCount(test) }
}

/** The arm's model on the data that it is measured on, whatever its own data set is. @throws InputError */
export function modelOn(arm: ArmSpec, { sampleShape, classes }: Dataset): Model {
  return buildModel(arm, sampleShape, classes)
}

/** Inputs and outputs of the weight matrices in order, such as `784-12x10-10`. */
export function networkName({ parameters }: Model): string {
  const matrices = parameters.map(({ shape }) => shape).filter(({ length }) => length === 2)
  const sizes = [...matrices.slice(0, 1).map(([inputs]) => inputs), ...matrices.map(([, outputs]) => outputs)]
  const runs: { readonly size: number | undefined; times: number }[] = []
  for (const [i, size] of sizes.entries()) {
    const last = runs.at(-1)
    if (i > 1 && last !== undefined && last.size === size) last.times++
    else runs.push({ size, times: 1 })
  }
  return runs.map(({ size, times }) => (times === 1 ? String(size) : `${times}x${size}`)).join('-')
}

/** The workload in words and numbers. */
export function describeWorkload({ preset, armName, arm }: Workload, dataset: Dataset) {
  const model = modelOn(arm, dataset)
  return {
    preset,
    arm: armName,
    network: networkName(model),
    parameters: model.parameters.reduce((sum, { shape }) => sum + elementCount(shape), 0),
    batch: arm.batchSize,
    stepsPerEpoch: epochSteps(arm, sampleCount(dataset.train)),
  }
}

/** Steps of an epoch on so many samples. */
export function epochSteps({ batchSize, lastBatch }: ArmSpec, samples: number): number {
  return stepsPerEpoch({ samples, batchSize, lastBatch })
}

/** The workload with an epoch of so many steps; the test set shrinks as the training data does, so that shares stay. */
export function shortened(workload: Workload, { train: samples, test }: DataDescription, steps: number): Workload {
  const { arm } = workload
  const { limit: _, testLimit: __, ...data } = arm.data
  const limit = Math.min(samples, steps * arm.batchSize)
  const limits = limit === samples ? {} : { limit, testLimit: Math.max(1, Math.round((test * limit) / samples)) }
  return { ...workload, arm: { ...arm, data: { ...data, ...limits } } }
}

/** The workload with gradients probed every so many steps, or as seldom as can be. */
export function probed(workload: Workload, every: number | undefined): Workload {
  const { every: _, ...probes } = workload.arm.probes
  return { ...workload, arm: { ...workload.arm, probes: every === undefined ? probes : { ...probes, every } } }
}

/** Trains a workload, `isograd run`'s way. @throws InputError, BackendError */
export function training(
  backend: Backend,
  { armName, arm }: Workload,
  dataset: Dataset,
  options: { readonly epochs?: number; readonly seed?: number; readonly scanSeconds?: number } = {},
): AsyncGenerator<RunEvent, void> {
  const { epochs = arm.epochs, seed = arm.seed, ...pace } = options
  return train({ backend, armName, arm: { ...arm, epochs, seed }, dataset, ...pace })
}

/** The program of a training step on whole batches, and where training starts. */
export function trainingProgram(
  arm: ArmSpec,
  dataset: Dataset,
): { readonly program: Program; readonly carry: TensorMap } {
  const model = modelOn(arm, dataset)
  const source = { count: arm.batchSize, sampleShape: dataset.sampleShape }
  return { program: lowerTraining(arm, model, source), carry: initialCarry(arm, model) }
}

/** The model with its initial weights as TensorFlow.js loads it. @throws InputError when it has no counterpart there. */
export function tfjsModel({ preset, arm }: Workload, dataset: Dataset): TfjsModel {
  const model = modelOn(arm, dataset)
  return exportTfjs(preset, model, dataset.sampleShape, initialCarry(arm, model), '')
}

/** Constructors in torch.nn, in the order of the forward pass. @throws InputError when there is none for a layer. */
export function torchModules({ arm }: Workload, dataset: Dataset): string[] {
  const { metadata } = decodeSafetensors(exportTorch(modelOn(arm, dataset), dataset.sampleShape, {}))
  const modules = JSON.parse(metadata['modules'] ?? '[]') as readonly (readonly [name: string, constructor: string])[]
  const other = modules.find(([, constructor]) => !/^\w+\(.*\)$/.test(constructor))
  if (other !== undefined) throw new InputError('PyTorch', `no module for layer "${other[0]}", ${other[1]}`)
  return modules.map(([, constructor]) => constructor)
}

/** The training samples as peers take them: stored values, what they are multiplied by, and the category of each. */
export function samplesOf({ train: { images, labels }, classes }: Dataset) {
  return { inputs: images, scale: 1 / 255, targets: labels, categories: classes }
}

/** The bytes over and over, until there are `length`. */
function repeated(bytes: Uint8Array, length: number): Uint8Array {
  const out = new Uint8Array(length)
  out.set(bytes.subarray(0, length))
  for (let done = Math.min(bytes.length, length); done < length; done *= 2) out.copyWithin(done, 0, done)
  return out
}

/** The data set with its training samples repeated until there are so many. */
export function withRows(dataset: Dataset, rows: number): Dataset {
  const columns = Object.entries(dataset.train as Split & Record<string, Split['images']>)
  const grown = columns.map(
    ([
      name,
      {
        shape: [, ...sample],
        data,
      },
    ]) => {
      const shape = [rows, ...sample]
      return [name, tensor('uint8', shape, repeated(data, elementCount(shape)))]
    },
  )
  return { ...dataset, train: Object.fromEntries(grown) as Split }
}
