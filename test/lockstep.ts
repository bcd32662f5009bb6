/**
 * Training in lock-step with the reference backend: every step starts from the state in which the reference was, so that
 * what is compared is one step and not what training makes of its rounding.
 */
import {
  type ArmSpec,
  builtins,
  type FloatDType,
  parseExperiment,
  referenceBackend,
  tensor,
  type Tensor,
  type TensorMap,
  TrainingPlan,
} from '@isograd/core'
import type { Backend } from '@isograd/core/backend'
import { type Dataset, type DataTable, dataTable, pictureFields, RandomStream } from '@isograd/core/data'

const SAMPLES = 48
const SIDE = 4
const CLASSES = 4
const BATCH_SIZE = 12
const STEPS = 4

function noise(purpose: number): DataTable {
  const random = new RandomStream(purpose, 'sample')
  const draw = (length: number, below: number): Uint8Array =>
    Uint8Array.from({ length }, () => Math.floor(below * random.uniform()))
  return dataTable({
    image: tensor('uint8', [SAMPLES, SIDE, SIDE], draw(SAMPLES * SIDE * SIDE, 256)),
    label: tensor('uint8', [SAMPLES], draw(SAMPLES, CLASSES)),
    flags: tensor('uint8', [SAMPLES, CLASSES], draw(SAMPLES * CLASSES, 2)),
    numbers: tensor(
      'float64',
      [SAMPLES, CLASSES],
      Float64Array.from({ length: SAMPLES * CLASSES }, () => random.normal()),
    ),
    shares: tensor(
      'float64',
      [SAMPLES, CLASSES],
      Float64Array.from({ length: SAMPLES * CLASSES }, (_, i) => Number([0.4, 0.3, 0.2, 0.1][i % CLASSES])),
    ),
    tokens: tensor('uint8', [SAMPLES, SIDE], draw(SAMPLES * SIDE, 5)),
  })
}

/** 48 pictures of 4 x 4 random bytes with random targets: nothing to learn, and no gradient that is zero by chance. */
export const noiseDataset: Dataset = {
  name: 'noise',
  origin: 'noise',
  fields: {
    ...pictureFields([SIDE, SIDE], CLASSES),
    flags: { dtype: 'uint8', shape: [CLASSES], encoding: { kind: 'numbers' } },
    numbers: { dtype: 'float64', shape: [CLASSES], encoding: { kind: 'numbers' } },
    shares: { dtype: 'float64', shape: [CLASSES], encoding: { kind: 'numbers' } },
    tokens: { dtype: 'uint8', shape: [SIDE], encoding: { kind: 'numbers' } },
  },
  target: 'label',
  splits: { train: noise(1), test: noise(2) },
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
    task: { type: 'classification', inputs: ['image'] },
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
  const plan = new TrainingPlan({ armName: 'noise', arm, dataset: noiseDataset, registry: builtins })
  const [program, constants] = [plan.program(plan.stepRole), plan.constants(plan.stepRole)]
  const [own, reference] = [
    await backend.compile(program, constants),
    await referenceBackend().compile(program, constants),
  ]
  const errors: StepError[] = []
  let before = plan.stepCarry
  for (let step = 0; step < STEPS; step++) {
    const xs = plan.xs(plan.stepRole, { first: step, count: 1 })
    // oxlint-disable-next-line no-await-in-loop -- each step starts from the one before
    const [actual, expected] = [await own.scan(before, xs), await reference.scan(before, xs)]
    for (const [name, { data }] of Object.entries(expected.carry)) {
      const moved = distance(data, dataOf(before, name))
      errors.push({ step, tensor: name, error: fraction(distance(dataOf(actual.carry, name), data), moved) })
    }
    const loss = dataOf(expected.ys, 'loss')
    errors.push({
      step,
      tensor: 'loss',
      error: fraction(distance(dataOf(actual.ys, 'loss'), loss), Math.hypot(...loss)),
    })
    before = expected.carry
  }
  await own.dispose()
  return errors.toSorted((a, b) => b.error - a.error)
}
