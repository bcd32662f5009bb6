/**
 * Training in lock-step with the reference backend: every step starts from the state in which the reference was, so that
 * what is compared is one step and not what training makes of its rounding.
 */
import {
  type ArmSpec,
  buildModel,
  type FloatDType,
  initialCarry,
  lowerTraining,
  names,
  parseExperiment,
  referenceBackend,
  stepMasks,
  stepScalars,
  tensor,
  type Tensor,
  type TensorMap,
} from '@isograd/core'
import type { Backend } from '@isograd/core/backend'
import { type Dataset, RandomStream } from '@isograd/core/data'

const SAMPLES = 48
const SIDE = 4
const CLASSES = 4
const BATCH_SIZE = 12
const STEPS = 4

function noise(purpose: number): Dataset['train'] {
  const random = new RandomStream(purpose, 'sample')
  const draw = (length: number, below: number): Uint8Array =>
    Uint8Array.from({ length }, () => Math.floor(below * random.uniform()))
  return {
    images: tensor('uint8', [SAMPLES, SIDE, SIDE], draw(SAMPLES * SIDE * SIDE, 256)),
    labels: tensor('uint8', [SAMPLES], draw(SAMPLES, CLASSES)),
  }
}

/** 48 images of 4 x 4 random pixels in 4 random classes: nothing to learn, and no gradient that is zero by chance. */
export const noiseDataset: Dataset = {
  name: 'noise',
  classes: CLASSES,
  sampleShape: [SIDE, SIDE],
  train: noise(1),
  test: noise(2),
  origin: 'noise',
}

const hidden = [
  { type: 'dense', units: 12 },
  { type: 'activation' },
  { type: 'dense', units: 8 },
  { type: 'activation' },
]

/** The layers of a model whose hidden layers are `layers`. */
export function layersAround(layers: readonly object[]): object {
  return { layers: [{ type: 'flatten' }, ...layers, { type: 'dense', units: CLASSES }] }
}

/** An arm that trains a small network on the noise, with changes. */
export function noiseArm(changes: Readonly<Record<string, unknown>>, precision: FloatDType): ArmSpec {
  const { arms } = parseExperiment({
    name: 'library',
    data: { dataset: 'noise' },
    model: layersAround(hidden),
    activation: 'tanh',
    optimizer: { type: 'sgd', learningRate: 0.1 },
    batchSize: BATCH_SIZE,
    epochs: 1,
    seed: 3,
    precision,
    ...changes,
  })
  const [arm] = Object.values(arms)
  if (arm === undefined) throw new Error('the experiment has no arm')
  return arm
}

/** ||actual - expected||, infinite where only one of two elements is a number. */
function distance(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  const gaps = Array.from(expected, (value, i) => (Object.is(value, actual[i]) ? 0 : (actual[i] ?? Number.NaN) - value))
  return gaps.some(Number.isNaN) ? Number.POSITIVE_INFINITY : Math.hypot(...gaps)
}

function dataOf(map: TensorMap, name: string): Tensor['data'] {
  const found = map[name]
  if (found === undefined) throw new Error(`"${name}" is missing`)
  return found.data
}

/** How far one tensor is off after one step. */
export interface StepError {
  readonly step: number
  readonly tensor: string
  /** ||backend - reference|| as a fraction of how far the step moved the reference; the loss as a fraction of itself. */
  readonly error: number
}

function fraction(gap: number, scale: number): number {
  return gap === 0 ? 0 : gap / scale
}

/** Four steps of an arm on `backend`, each from where the reference was: the errors of all tensors, the largest first. */
export async function lockstepErrors(backend: Backend, arm: ArmSpec): Promise<StepError[]> {
  const { train, sampleShape, classes } = noiseDataset
  const model = buildModel(arm, sampleShape, classes)
  const program = lowerTraining(arm, model, { count: SAMPLES, sampleShape })
  const constants = { [names.images]: train.images, [names.labels]: train.labels }
  const [own, reference] = [
    await backend.compile(program, constants),
    await referenceBackend().compile(program, constants),
  ]
  const errors: StepError[] = []
  let before = initialCarry(arm, model)
  for (let step = 0; step < STEPS; step++) {
    const rows = Int32Array.from({ length: BATCH_SIZE }, (_, i) => (step * BATCH_SIZE + 5 * i) % SAMPLES)
    const xs = {
      [names.rows]: tensor('int32', [1, BATCH_SIZE], rows),
      ...stepScalars(arm, step, 1),
      ...stepMasks(arm, model.masks, { first: step, count: 1, batch: BATCH_SIZE }),
    }
    // oxlint-disable-next-line no-await-in-loop -- each step starts from the one before
    const [actual, expected] = [await own.scan(before, xs), await reference.scan(before, xs)]
    for (const [name, { data }] of Object.entries(expected.carry)) {
      const moved = distance(data, dataOf(before, name))
      errors.push({ step, tensor: name, error: fraction(distance(dataOf(actual.carry, name), data), moved) })
    }
    const loss = dataOf(expected.ys, names.loss)
    errors.push({
      step,
      tensor: names.loss,
      error: fraction(distance(dataOf(actual.ys, names.loss), loss), Math.hypot(...loss)),
    })
    before = expected.carry
  }
  await own.dispose()
  return errors.toSorted((a, b) => b.error - a.error)
}
