/**
 * The programs of a run over one copy of the data, each compiled when it is first needed and freed with the session.
 * What is done with them is `steps.ts` and `evaluation.ts`.
 */
import type { Backend, Executable } from '../backend/contract.js'
import { type BatchPlan, stepsPerEpoch } from '../data/batching.js'
import { type Dataset, sampleCount, type Split } from '../data/dataset.js'
import { InputError } from '../errors.js'
import type { ArmSpec } from '../experiment/schema.js'
import type { Program } from '../ir/program.js'
import { buildModel, type Model } from '../model/model.js'
import { RandomStream } from '../random/stream.js'
import type { TensorMap } from '../tensor.js'
import { names } from './names.js'
import { lowerEvaluation, lowerGradients, lowerProbe, lowerTraining, lowerUnits, type SampleSource } from './programs.js'

/**
 * What a run computes. `probe` is the gradients and the update of a step that is looked at. `validate` evaluates rows of
 * the training data, `evaluateOther` the test set at the other scale.
 */
export type ProgramKind = 'train' | 'gradients' | 'probe' | 'evaluate' | 'evaluateOther' | 'validate' | 'units'

type Lowering = (arm: ArmSpec, model: Model, source: SampleSource) => Program

const programs: { readonly [K in ProgramKind]: { readonly split: 'train' | 'test'; readonly lower: Lowering } } = {
  train: { split: 'train', lower: lowerTraining },
  gradients: { split: 'train', lower: lowerGradients },
  probe: { split: 'train', lower: lowerProbe },
  evaluate: { split: 'test', lower: (arm, model, source) => lowerEvaluation(arm, model, source, arm.data.testScale) },
  evaluateOther: {
    split: 'test',
    lower: (arm, model, source) => lowerEvaluation(arm, model, source, otherScale(arm.data.testScale)),
  },
  validate: { split: 'train', lower: (arm, model, source) => lowerEvaluation(arm, model, source, 'unit') },
  units: { split: 'test', lower: lowerUnits },
}

/** The scale of test pixels that an experiment did not choose. */
export function otherScale(scale: 'unit' | 'raw'): 'unit' | 'raw' {
  return scale === 'unit' ? 'raw' : 'unit'
}

/** A run's model, data and executables. */
export class Session {
  readonly arm: ArmSpec
  readonly dataset: Dataset
  readonly model: Model
  readonly plan: BatchPlan
  /** Rows of the training data that are trained on; the others validate. */
  readonly trainRows: Int32Array
  readonly validationRows: Int32Array
  readonly #backend: Backend
  readonly #executables = new Map<ProgramKind, Promise<Executable>>()

  /** @throws InputError when the model does not fit the data, or not even one batch can be made. */
  constructor(backend: Backend, arm: ArmSpec, dataset: Dataset) {
    this.#backend = backend
    this.arm = arm
    this.dataset = dataset
    this.model = buildModel(arm, dataset.sampleShape, dataset.classes)
    const { trainRows, validationRows } = splitRows(arm, sampleCount(dataset.train))
    this.trainRows = trainRows
    this.validationRows = validationRows
    this.plan = planBatches(arm, trainRows.length)
  }

  /** The executable of a kind, compiled at the first call. */
  executable(kind: ProgramKind): Promise<Executable> {
    const known = this.#executables.get(kind)
    if (known !== undefined) return known
    const { split, lower } = programs[kind]
    const data = this.dataset[split]
    const source: SampleSource = { count: sampleCount(data), sampleShape: this.dataset.sampleShape }
    const compiled = this.#backend.compile(lower(this.arm, this.model, source), constantsOf(data))
    this.#executables.set(kind, compiled)
    return compiled
  }

  /** Frees all executables; one that failed to compile has nothing to free. */
  async close(): Promise<void> {
    const settled = await Promise.allSettled(this.#executables.values())
    this.#executables.clear()
    const compiled = settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
    await Promise.all(compiled.map((executable) => executable.dispose()))
  }
}

function constantsOf(split: Split): TensorMap {
  return { [names.images]: split.images, [names.labels]: split.labels }
}

function planBatches(arm: ArmSpec, samples: number): BatchPlan {
  const plan: BatchPlan = { samples, batchSize: arm.batchSize, lastBatch: arm.lastBatch }
  if (stepsPerEpoch(plan) > 0) return plan
  throw new InputError(
    'core',
    `batchSize: ${arm.batchSize} is more than the ${samples} training samples and the last batch is dropped: no step would be trained`,
  )
}

/** Training and validation rows: the fraction is drawn at random, by the seed, and kept in the order of the files. */
function splitRows(arm: ArmSpec, samples: number): { trainRows: Int32Array; validationRows: Int32Array } {
  const { validation } = arm.data
  if (validation === undefined) {
    return { trainRows: Int32Array.from({ length: samples }, (_, row) => row), validationRows: new Int32Array() }
  }
  const held = Math.round(validation * samples)
  if (held === 0 || held === samples) {
    throw new InputError(
      'core',
      `data.validation: a fraction of ${validation} of ${samples} samples leaves one side empty`,
    )
  }
  const order = new RandomStream(arm.seed, 'split').permutation(samples)
  return { trainRows: order.slice(held).toSorted(), validationRows: order.slice(0, held).toSorted() }
}
