/**
 * One arm on one data set as programs with everything that goes into them, step by step: what all checks of training
 * start from. It runs nothing and knows no backend.
 */
import { type BatchPlan, batchRows, epochOrder, stepsPerEpoch, wholeBatches } from '../../data/batching.js'
import { type Dataset, limitDataset, sampleCount, type Split } from '../../data/dataset.js'
import { internalError } from '../../errors.js'
import type { ArmSpec } from '../../experiment/schema.js'
import type { Program, ProgramOutput } from '../../ir/program.js'
import { verify } from '../../ir/verify.js'
import type { Model } from '../../model/model.js'
import { initialCarry, modelCarry, stepMasks, stepScalars } from '../../plan/inputs.js'
import { names } from '../../plan/names.js'
import { lowerEvaluation, lowerGradients, lowerTraining, type SampleSource } from '../../plan/programs.js'
import { Session } from '../../plan/session.js'
import { referenceBackend } from '../../reference/backend.js'
import { type Tensor, tensor, type TensorMap } from '../../tensor.js'
import { needsClosure } from '../../train/optimizers/index.js'

/** Rows that an evaluation takes at once in a check. */
const EVALUATION_ROWS = 64

/** The programs of a training, as users run them, and the one that is observed. */
export interface TrainingPrograms {
  /** The program of a step: the training step, or the gradients alone where the optimizer runs on the host. */
  readonly step: Program
  readonly gradients: Program
  readonly evaluate: Program
  /** The step with the gradients of all parameters as outputs beside its own. */
  readonly observed: Program
}

function constantsOf(split: Split): TensorMap {
  return { [names.images]: split.images, [names.labels]: split.labels }
}

function sourceOf(dataset: Dataset, split: Split): SampleSource {
  return { count: sampleCount(split), sampleShape: dataset.sampleShape }
}

/** An arm of an experiment, ready to be checked. */
export class TrainingCase {
  readonly armName: string
  readonly arm: ArmSpec
  readonly dataset: Dataset
  readonly model: Model
  readonly plan: BatchPlan
  readonly programs: TrainingPrograms
  readonly constants: { readonly train: TensorMap; readonly test: TensorMap }
  /** True if the backend updates the parameters; an optimizer with a closure does so on the host. */
  readonly updates: boolean
  readonly #trainRows: Int32Array

  /** @throws InputError when the model does not fit the data, or not even one batch can be made. */
  constructor(armName: string, arm: ArmSpec, dataset: Dataset) {
    // A session knows rows and batches; it compiles nothing until asked.
    const session = new Session(referenceBackend(), arm, limitDataset(arm, dataset))
    this.armName = armName
    this.arm = arm
    this.dataset = session.dataset
    this.model = session.model
    this.plan = session.plan
    this.#trainRows = session.trainRows
    const { train, test } = this.dataset
    this.constants = { train: constantsOf(train), test: constantsOf(test) }
    const ofTrain = sourceOf(dataset, train)
    const gradients = lowerGradients(arm, this.model, ofTrain)
    this.updates = !needsClosure(arm.optimizer)
    const step = this.updates ? lowerTraining(arm, this.model, ofTrain) : gradients
    this.programs = {
      step,
      gradients,
      evaluate: lowerEvaluation(arm, this.model, sourceOf(dataset, test), arm.data.testScale),
      observed: withGradients(step, gradients),
    }
  }

  /** The carry of the first step. */
  get initial(): TensorMap {
    const whole = initialCarry(this.arm, this.model)
    return this.updates ? whole : modelCarry(this.model, whole)
  }

  /** Steps of an epoch. */
  get perEpoch(): number {
    return stepsPerEpoch(this.plan)
  }

  /** The first step whose batch is not whole; undefined when all are. */
  get partialStep(): number | undefined {
    return this.perEpoch > wholeBatches(this.plan) ? this.perEpoch - 1 : undefined
  }

  /** Steps that one scan may take from `step` on: those of the epoch with a batch of one size. */
  sameBatch(step: number, most: number): number {
    const inEpoch = step % this.perEpoch
    const stop = inEpoch < wholeBatches(this.plan) ? wholeBatches(this.plan) : this.perEpoch
    return Math.min(most, stop - inEpoch)
  }

  /** Row numbers of steps `step` .. `step + count - 1`, [count, batch]; they must be batches of one size. */
  rows(step: number, count = 1): Tensor {
    const epoch = Math.floor(step / this.perEpoch)
    const order = epochOrder(this.arm.seed, epoch, this.#trainRows.length)
    return batchRows(
      order.map((position) => this.#trainRows[position] ?? 0),
      this.plan,
      step % this.perEpoch,
      count,
    )
  }

  /** The inputs of the gradients program in these steps. */
  gradientInputs(step: number, count = 1): TensorMap {
    const rows = this.rows(step, count)
    const masks = stepMasks(this.arm, this.model.masks, { first: step, count, batch: rows.shape[1] ?? 0 })
    return { [names.rows]: rows, ...masks }
  }

  /** The inputs of the step program in these steps. */
  stepInputs(step: number, count = 1): TensorMap {
    const inputs = this.gradientInputs(step, count)
    return this.updates ? { ...inputs, ...stepScalars(this.arm, step, count) } : inputs
  }

  /** The first rows of the test set, as one step of the evaluation program. */
  evaluationInputs(): TensorMap {
    const count = Math.min(EVALUATION_ROWS, sampleCount(this.dataset.test))
    const rows = Int32Array.from({ length: count }, (_, row) => row)
    return { [names.rows]: tensor('int32', [1, count], rows) }
  }
}

/**
 * A step with the gradients as outputs beside its own. Both programs are lowered from the same forward pass, so a
 * gradient is the same node in both.
 */
function withGradients(step: Program, gradients: Program): Program {
  const nodes = new Map(step.nodes.map(({ id, name }) => [id, name]))
  const nameOf = new Map(gradients.nodes.map(({ id, name }) => [id, name]))
  const present = new Set(step.outputs.ys.map(({ name }) => name))
  const extra: ProgramOutput[] = gradients.outputs.ys.filter(({ name }) => !present.has(name))
  for (const { name, value } of extra) {
    if (nodes.get(value) === nameOf.get(value)) continue
    throw internalError(`"${name}" of "${gradients.name}" is another value in "${step.name}"`)
  }
  return verify({ ...step, outputs: { ...step.outputs, ys: [...step.outputs.ys, ...extra] } })
}
