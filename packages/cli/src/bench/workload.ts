/**
 * Workloads: an arm of a preset, and the plan that core makes of it on a data set. All that the bench knows of experiments,
 * models and data sets stands here; its jobs take programs, events and tensors.
 */
import {
  type ArmSpec,
  builtins,
  InputError,
  parseExperiment,
  planFor,
  type Preset,
  presets,
  type Registry,
  type RunEvent,
  selectArms,
  type TensorMap,
  train,
  type TrainingPlan,
} from '@isograd/core'
import { exportTfjs, torchProgram } from '@isograd/core/export'
import { type Backend, elementCount, totalElements } from '@isograd/core/backend'
import type { Column, Dataset, DataTable, Field } from '@isograd/core/data'
import type { Program } from '@isograd/core/ir'
import { nameOf, readExperiment } from '../input/experiment-file.js'

/** An arm to be measured. */
export interface Workload {
  readonly preset: string
  readonly armName: string
  readonly arm: ArmSpec
}

/** A data set in words and numbers. */
export type DataDescription = ReturnType<typeof describeData>
/** A workload in words and numbers. */
export type WorkloadDescription = ReturnType<typeof describeWorkload>

/** More epochs than any measurement lasts. */
export const ENDLESS = 1_000_000

/** The presets differ in initial values, masks and functions more than in networks: these have one of each. */
const oneOfEach = ['keras-13x10', 'keras-64x6-32x6', 'softmax-linear', 'nn-3layer', 'torch-mlp5']

function isTrained(preset: Preset): boolean {
  return Object.values(parseExperiment(preset).arms).some(({ epochs }) => epochs > 0)
}

/** The parts of `preset`, `preset:arm`, `file.yaml` or `file.yaml:arm`. */
function partsOf(word: string): { readonly experiment: string; readonly arm: string | undefined } {
  const [, path, ofFile] = /^(.+\.(?:json|ya?ml))(?::(.+))?$/i.exec(word) ?? []
  if (path !== undefined) return { experiment: path, arm: ofFile }
  const [experiment = '', ...rest] = word.split(':')
  return { experiment, arm: rest.length === 0 ? undefined : rest.join(':') }
}

/** The arm that a word names; the first one unless named. */
async function workloadOf(word: string, registry: Registry): Promise<Workload> {
  const { experiment: named, arm: chosen } = partsOf(word)
  const experiment = await readExperiment(named, {}, registry)
  const { name, arms } = chosen === undefined ? experiment : selectArms(experiment, [chosen])
  const [first] = Object.entries(arms)
  if (first === undefined) throw new InputError('isograd', `${nameOf(named)} has no arm`)
  const [armName, arm] = first
  if (arm.epochs === 0) throw new InputError('isograd', `--preset: "${named}" is computed once and not trained`)
  return { preset: name, armName, arm }
}

/** The workloads that words name: presets, files, arms of them, or `all` presets. @throws InputError for an unknown name. */
export function workloadsOf(
  words: readonly string[] = oneOfEach,
  registry: Registry = builtins,
): Promise<readonly Workload[]> {
  const all = presets.filter(isTrained).map(({ name }) => name)
  const named = words.flatMap((word) => (word === 'all' ? all : [word]))
  return Promise.all(named.map((word) => workloadOf(word, registry)))
}

/** The data set that workloads are measured on: that of the first. */
export function dataOf([first]: readonly Workload[]): ArmSpec['data'] {
  if (first === undefined) throw new Error('internal: a bench without workloads')
  return first.arm.data
}

/** A workload from an experiment without arms. */
export function workloadFrom(experiment: { readonly name: string; readonly [field: string]: unknown }): Workload {
  const [only] = Object.entries(parseExperiment(experiment).arms)
  if (only === undefined) throw new Error('internal: an experiment without arms has one')
  return { preset: experiment.name, armName: only[0], arm: only[1] }
}

/** The data and the records that plans are made from, beside a workload. */
export interface PlanSource {
  readonly dataset: Dataset
  readonly registry: Registry
}

/** The plan of a workload on the data that it is measured on, whatever its own is. @throws InputError when they do not fit. */
export function planOn({ armName, arm }: Workload, { dataset, registry }: PlanSource): TrainingPlan {
  return planFor({ armName, arm, dataset, registry })
}

/** Bytes of one sample as it is stored. */
export function rowBytes({ splits: { train: table } }: Dataset): number {
  return Object.values(table.columns).reduce((sum, { data }) => sum + data.byteLength, 0) / table.count
}

/** The data set that is measured on. */
export function describeData({ name, origin, fields, splits: { train: rows, test } }: Dataset) {
  return {
    name,
    origin,
    /** The fields of a sample. */
    fields,
    /** Rows to train on. */
    train: rows.count,
    ...(test && {
      /** Rows to judge by. */
      test: test.count,
    }),
  }
}

/** Inputs and outputs of the weight matrices in order, such as `784-12x10-10`. */
export function networkName({ model: { parameters } }: TrainingPlan): string {
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
export function describeWorkload(workload: Workload, source: PlanSource) {
  const { preset, armName, arm } = workload
  const plan = planOn(workload, source)
  return {
    preset,
    arm: armName,
    /** The sizes of its layers. */
    network: networkName(plan),
    /** Numbers that are trained. */
    parameters: totalElements(plan.model.parameters),
    /** Rows of a batch. */
    batch: arm.batchSize,
    /** Steps of an epoch. */
    stepsPerEpoch: plan.perEpoch,
  }
}

/** The workload with an epoch of so many steps; the test set shrinks as the training data does, so that shares stay. */
export function shortened(workload: Workload, { train: samples, test }: DataDescription, steps: number): Workload {
  const { arm } = workload
  const { limit: _, testLimit: __, ...data } = arm.data
  const limit = Math.min(samples, steps * arm.batchSize)
  const testLimit = test === undefined ? {} : { testLimit: Math.max(1, Math.round((test * limit) / samples)) }
  const limits = limit === samples ? {} : { limit, ...testLimit }
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
  workload: Workload,
  source: PlanSource,
  options: { readonly epochs?: number; readonly seed?: number; readonly scanSeconds?: number } = {},
): AsyncGenerator<RunEvent, void> {
  const { arm } = workload
  const { epochs = arm.epochs, seed = arm.seed, ...pace } = options
  return train({ plan: planOn({ ...workload, arm: { ...arm, epochs, seed } }, source), backend, ...pace })
}

/** The program of a training step, and where training starts. */
export function trainingProgram(
  workload: Workload,
  source: PlanSource,
): { readonly program: Program; readonly carry: TensorMap } {
  const plan = planOn(workload, source)
  return { program: plan.program(plan.stepRole), carry: plan.stepCarry }
}

/** The model up to its output, with its initial weights, as TensorFlow.js loads it. @throws InputError when it has none. */
export function tfjsModel({ armName, model, initial }: TrainingPlan): ReturnType<typeof exportTfjs> {
  return exportTfjs(armName, model, undefined, initial, '')
}

/** The class `Model` of a program for PyTorch. @throws InputError when there is nothing for a layer. */
export function torchModel({ model }: TrainingPlan): string {
  const [program = ''] = torchProgram(model, [], 'weights.safetensors', false).split('\n\n\ndef load(')
  return program.trimStart()
}

/** The part of a task that peers take. */
interface PeerTask {
  readonly input: TrainingPlan['task']['inputs'][number]
  readonly target: TrainingPlan['task']['inputs'][number]
  readonly width: number
  readonly lossName: string
}

/** The target of a peer: the number of a category from samples of one field. @throws InputError for any other task. */
export function peerTask({ task: { kind, inputs, head } }: TrainingPlan): PeerTask {
  const [input] = inputs
  const { target, width, lossName } = head
  if (input === undefined || inputs.length !== 1) {
    throw new InputError(
      'isograd',
      `no counterpart of a network with the inputs ${inputs.map(({ name }) => name).join(', ')}`,
    )
  }
  if (target === undefined || width === undefined || head.targetType !== 'category') {
    throw new InputError('isograd', `no counterpart of the task "${kind}"`)
  }
  return { input, target, width, lossName }
}

/** A stored value times `factor` and plus `offset` is what a network sees. */
function decoding({ encoding }: Field): { readonly factor: number; readonly offset: number } {
  if (encoding.kind !== 'numbers') return { factor: 1, offset: 0 }
  const { scale = 1, mean = 0, standardDeviation = 1 } = encoding
  return { factor: scale / standardDeviation, offset: -mean / standardDeviation }
}

/** The training samples as peers take them: stored values, how they are decoded, and the category of each. */
export function samplesOf(plan: TrainingPlan, { columns }: DataTable) {
  const { input, target, width } = peerTask(plan)
  const [inputs, targets] = [columns[input.name], columns[target.name]]
  if (inputs === undefined || targets === undefined) throw new Error('internal: a field without a column')
  return { inputs, ...decoding(input.field), targets, categories: width }
}

/** The rows of a column over and over, until there are so many. */
function repeated({ dtype, shape, data }: Column, rows: number): Column {
  const long = [rows, ...shape.slice(1)]
  const values = new (data.constructor as new (length: number) => Column['data'])(elementCount(long))
  values.set(data.subarray(0, values.length))
  for (let done = Math.min(data.length, values.length); done < values.length; done *= 2) {
    values.copyWithin(done, 0, done)
  }
  return { dtype, shape: long, data: values } as Column
}

/** The data set with its training samples repeated until there are so many. */
export function withRows(dataset: Dataset, count: number): Dataset {
  const { splits } = dataset
  const grown = Object.entries(splits.train.columns).map(([name, column]) => [name, repeated(column, count)])
  const columns = Object.fromEntries(grown) as DataTable['columns']
  return { ...dataset, splits: { ...splits, train: { count, columns } } }
}
