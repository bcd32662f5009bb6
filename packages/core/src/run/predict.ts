/** Predictions of a trained model for samples, on any backend. */
import type { Backend } from '../backend/contract.js'
import { holdToContract } from '../backend/held.js'
import { checkScan } from '../backend/scan.js'
import { boundColumn, type Column } from '../data/field.js'
import { InputError } from '../errors.js'
import type { ArmSpec } from '../experiment/arm.js'
import type { Model } from '../model/model.js'
import { modelCarry } from '../plan/inputs.js'
import { names } from '../plan/names.js'
import { lowerInference } from '../plan/programs.js'
import { RandomStream } from '../random/stream.js'
import type { Registry } from '../registry/registry.js'
import { fitOutput, modelFor } from '../task/fit-model.js'
import { type DataForm, type Head, type Task, taskOf } from '../task/task.js'
import { elementCount, type TensorMap } from '../tensor.js'

/** A trained model, or one to be trained: all that a sample meets. */
export interface Network {
  readonly arm: ArmSpec
  readonly task: Task
  readonly model: Model
}

/** A network with its weights. */
export interface TrainedModel extends Network {
  /** Parameters and layer states, at least. */
  readonly weights: TensorMap
}

/** A model's prediction for one sample. */
export interface Prediction {
  /** The model's own numbers: logits, where they are told apart from probabilities. */
  readonly output: readonly number[]
  /** Probabilities of categories or flags, or the numbers themselves. */
  readonly values: readonly number[]
  /** Of categories: the one with the largest output, the first of equals; -1 where outputs are not numbers. */
  readonly category?: number
  /** Those of the heads beside the first, by name. */
  readonly heads?: Readonly<Record<string, Prediction>>
}

/** The network of an arm for data of a form. @throws InputError when they do not fit. */
export function networkOf(arm: ArmSpec, data: DataForm, registry: Registry): Network {
  const task = taskOf(arm, data, registry, arm.judgedBy)
  const model = modelFor(arm, task, registry)
  return { arm, task: fitOutput(task, model.outputShapes), model }
}

/** The prediction of a head for one sample. */
function predictionOf(head: Head, width: number, ys: TensorMap, sample: number): Prediction {
  const rowOf = (name: 'output' | 'prediction') => row(ys[names.ofHead(name, head.name)]?.data ?? [], width, sample)
  const prediction = { output: rowOf('output'), values: rowOf('prediction') }
  const isCategory = head.prediction.shows === 'categories'
  return isCategory
    ? { ...prediction, category: prediction.output.indexOf(Math.max(...prediction.output)) }
    : prediction
}

function row(values: ArrayLike<number>, width: number, sample: number): number[] {
  return Array.from({ length: width }, (_, i) => Number(values[sample * width + i]))
}

/**
 * Predictions for samples: a column for each of the task's inputs, as they are stored, with at least one sample.
 * @throws InputError when samples or weights do not fit the model; BackendError when the backend fails.
 */
export async function predict(
  backend: Backend,
  { weights, ...network }: TrainedModel,
  columns: Readonly<Record<string, Column>>,
): Promise<Prediction[]> {
  const { arm, task, model } = network
  const xs = task.inputs.map(({ name, field }) => {
    const column = Object.hasOwn(columns, name) ? columns[name] : undefined
    if (column === undefined) throw new InputError('core', `predict: the field "${name}" is missing`)
    const bound = boundColumn(field, column, arm.precision)
    return [names.field(name), { ...bound, shape: [1, ...bound.shape] }]
  })
  const count = Number(Object.values(columns)[0]?.shape[0])
  const [program, carry, inputs] = [
    lowerInference(network),
    modelCarry(model, weights),
    Object.fromEntries(xs) as TensorMap,
  ]
  // Weights and samples are the caller's: what is wrong with them is no failure of the backend.
  checkScan('predict', program, carry, inputs)
  const executable = await holdToContract(backend).compile(program, {})
  try {
    const { ys } = await executable.scan(carry, inputs)
    const widths = model.outputShapes.map(elementCount)
    return Array.from({ length: count }, (_, i) => {
      const each = task.heads.map((head, h) => [head.name, predictionOf(head, Number(widths[h]), ys, i)] as const)
      const [[, first], ...others] = each as [(typeof each)[0], ...typeof each]
      return others.length === 0 ? first : { ...first, heads: Object.fromEntries(others) }
    })
  } finally {
    await executable.dispose()
  }
}

/** The test sample that a run shows at its end: drawn by its seed, so that every backend shows the same. */
export function drawSample(seed: number, count: number): number {
  return new RandomStream(seed, 'sample').below(count)
}
