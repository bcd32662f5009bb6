/** The three executables of a run, compiled over one copy of the data: the step, the gradients alone, evaluation. */
import type { Backend, Executable } from '../backend.js'
import { InputError } from '../errors.js'
import { type Dataset, sampleCount, type Split } from '../data/dataset.js'
import { batchRows, type BatchPlan, stepsPerEpoch, wholeBatches } from '../data/batching.js'
import type { Program } from '../ir/program.js'
import type { ArmSpec } from '../spec/schema.js'
import type { TensorMap } from '../tensor.js'
import { modelCarry, stepMasks, stepScalars } from '../train/inputs.js'
import { lowerEvaluation, lowerGradients, lowerTraining, type SampleSource } from '../train/lower.js'
import { buildModel, type Model } from '../train/model.js'
import { names } from '../train/names.js'
import type { LayerGradientNorm } from './events.js'

/** Rows that evaluation takes at once: large enough for full speed, small enough for any memory. */
const EVALUATION_BATCH = 500

/** A compiled run. */
export interface Session {
  readonly arm: ArmSpec
  readonly model: Model
  readonly plan: BatchPlan
  readonly step: Executable
  readonly gradients: Executable
  readonly evaluate: Executable
  readonly testSamples: number
}

/** Loss and accuracy on the test set. */
export interface Evaluation {
  readonly loss: number
  readonly accuracy: number
}

function constantsOf(split: Split): TensorMap {
  return { [names.images]: split.images, [names.labels]: split.labels }
}

function sourceOf(split: Split, dataset: Dataset): SampleSource {
  return { count: sampleCount(split), sampleShape: dataset.sampleShape }
}

/** The plan of an arm's epochs. @throws InputError when not even one batch can be made. */
export function planBatches(arm: ArmSpec, samples: number): BatchPlan {
  const plan: BatchPlan = { samples, batchSize: arm.batchSize, lastBatch: arm.lastBatch }
  if (stepsPerEpoch(plan) > 0) return plan
  throw new InputError(
    'core',
    `batchSize: ${arm.batchSize} is more than the ${samples} training samples and the last batch is dropped: no step would be trained`,
  )
}

/** Compiles the programs of an arm. What is compiled is freed again if a later program fails. */
export async function openSession(backend: Backend, arm: ArmSpec, dataset: Dataset): Promise<Session> {
  const model = buildModel(arm, dataset.sampleShape, dataset.classes)
  const plan = planBatches(arm, sampleCount(dataset.train))
  const opened: Executable[] = []
  const compile = async (program: Program, split: Split): Promise<Executable> => {
    const executable = await backend.compile(program, constantsOf(split))
    opened.push(executable)
    return executable
  }
  try {
    const train = sourceOf(dataset.train, dataset)
    return {
      arm,
      model,
      plan,
      step: await compile(lowerTraining(arm, model, train), dataset.train),
      gradients: await compile(lowerGradients(arm, model, train), dataset.train),
      evaluate: await compile(lowerEvaluation(arm, model, sourceOf(dataset.test, dataset)), dataset.test),
      testSamples: sampleCount(dataset.test),
    }
  } catch (error) {
    await Promise.all(opened.map((executable) => executable.dispose()))
    throw error
  }
}

/** Frees the executables. */
export async function closeSession(session: Session): Promise<void> {
  await Promise.all([session.step, session.gradients, session.evaluate].map((executable) => executable.dispose()))
}

/** Trains steps `first` .. of an epoch from `carry`; `globalFirst` counts from the start of the run. */
export async function trainSteps(
  session: Session,
  carry: TensorMap,
  order: Int32Array,
  at: { readonly first: number; readonly count: number; readonly globalFirst: number },
): Promise<{ carry: TensorMap; losses: number[]; batch: number }> {
  const rows = batchRows(order, session.plan, at.first, at.count)
  const batch = rows.shape[1] ?? 0
  const steps = { first: at.globalFirst, count: at.count, batch }
  const xs = {
    [names.rows]: rows,
    ...stepScalars(session.arm, at.globalFirst, at.count),
    ...stepMasks(session.arm, session.model.masks, steps),
  }
  const result = await session.step.scan(carry, xs)
  return { carry: result.carry, losses: Array.from(result.ys[names.loss]?.data ?? []), batch }
}

/** L2 norm in float64; squares of float32 values cannot underflow there, however far a gradient has vanished. */
function l2Norm(values: ArrayLike<number>): number {
  let squares = 0
  for (let i = 0; i < values.length; i++) squares += (values[i] as number) ** 2
  return Math.sqrt(squares)
}

/** Gradient norms by layer for one step's batch. */
export async function probeGradients(
  session: Session,
  carry: TensorMap,
  order: Int32Array,
  at: { readonly first: number; readonly globalFirst: number },
): Promise<LayerGradientNorm[]> {
  const rows = batchRows(order, session.plan, at.first, 1)
  const steps = { first: at.globalFirst, count: 1, batch: rows.shape[1] ?? 0 }
  const xs = { [names.rows]: rows, ...stepMasks(session.arm, session.model.masks, steps) }
  const { ys } = await session.gradients.scan(modelCarry(session.model, carry), xs)
  const norm = (parameter: string): number => l2Norm(ys[names.gradient(parameter)]?.data ?? [Number.NaN])
  return session.model.allLayers
    .filter((layer) => layer.parameters.length > 0)
    .map(({ name, parameters }) => {
      const bias = parameters.find(({ role }) => role === 'bias')
      const weight = norm(`${name}.weight`)
      return bias === undefined ? { name, weight } : { name, weight, bias: norm(bias.name) }
    })
}

/** Loss and accuracy over the whole test set; batch sums are added in float64. */
export async function evaluateAll(session: Session, carry: TensorMap): Promise<Evaluation> {
  const samples = session.testSamples
  const plan: BatchPlan = { samples, batchSize: Math.min(EVALUATION_BATCH, samples), lastBatch: 'keep' }
  const order = Int32Array.from({ length: samples }, (_, row) => row)
  const parameters = modelCarry(session.model, carry)
  const whole = wholeBatches(plan)
  const parts = [{ first: 0, count: whole }, ...(stepsPerEpoch(plan) > whole ? [{ first: whole, count: 1 }] : [])]
  let [loss, correct] = [0, 0]
  for (const { first, count } of parts) {
    // oxlint-disable-next-line no-await-in-loop -- a backend takes one scan at a time
    const { ys } = await session.evaluate.scan(parameters, { [names.rows]: batchRows(order, plan, first, count) })
    loss += sum(ys[names.loss]?.data ?? [Number.NaN])
    correct += sum(ys[names.correct]?.data ?? [Number.NaN])
  }
  return { loss: loss / samples, accuracy: correct / samples }
}

function sum(values: ArrayLike<number>): number {
  return Array.from(values).reduce((total, value) => total + value, 0)
}
