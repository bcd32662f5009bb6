/**
 * The form of a checkpoint's document: all of a checkpoint but its tensors. A file that somebody else wrote, or that
 * an editor has been at, is told apart here, field by field, before a value of it is used.
 */
import * as z from 'zod/mini'
import type { BackendInfo } from '../backend/contract.js'
import { armSchema } from '../experiment/schema.js'
import type { Histogram } from '../numerics/histogram.js'
import type { EpochEvent, Evaluation, EvaluationEvent, GradientsEvent, HistogramsEvent, StepsEvent, UnitsEvent, UpdatesEvent } from '../run/events.js'
import type { RunState } from '../run/state.js'

/** Version of the document's form. */
export const CHECKPOINT_SCHEMA = 'isograd.checkpoint/1'

/** Any number: the losses of a run that has diverged are NaN, and stay so. */
const real = z.custom<number>((value) => typeof value === 'number', 'a number')
const whole = z.int().check(z.gte(0))
const text = z.string()

const evaluation: z.ZodMiniType<Evaluation> = z.strictObject({ loss: real, accuracy: real })

const steps: z.ZodMiniType<StepsEvent> = z.strictObject({
  type: z.literal('steps'),
  epoch: whole,
  first: whole,
  losses: z.array(real),
  accuracies: z.array(real),
  batch: whole,
  seconds: real,
})

const gradients: z.ZodMiniType<GradientsEvent> = z.strictObject({
  type: z.literal('gradients'),
  step: whole,
  layers: z.array(z.strictObject({ name: text, weight: real, bias: z.exactOptional(real) })),
})

const updates: z.ZodMiniType<UpdatesEvent> = z.strictObject({
  type: z.literal('updates'),
  step: whole,
  layers: z.array(z.strictObject({ name: text, weight: real })),
})

const histogram: z.ZodMiniType<Histogram> = z.strictObject({
  name: text,
  min: real,
  max: real,
  sum: real,
  sumOfSquares: real,
  counts: z.array(whole),
  notFinite: whole,
})

const histograms: z.ZodMiniType<HistogramsEvent> = z.strictObject({
  type: z.literal('histograms'),
  step: whole,
  weights: z.array(histogram),
  gradients: z.array(histogram),
  preActivations: z.array(histogram),
})

const units: z.ZodMiniType<UnitsEvent> = z.strictObject({
  type: z.literal('units'),
  step: whole,
  layers: z.array(z.strictObject({ name: text, dead: z.exactOptional(real), saturated: z.exactOptional(real) })),
})

const midEpoch: z.ZodMiniType<EvaluationEvent> = z.strictObject({
  type: z.literal('evaluation'),
  step: whole,
  test: evaluation,
})

const epoch: z.ZodMiniType<EpochEvent> = z.strictObject({
  type: z.literal('epoch'),
  epoch: whole,
  trainLoss: real,
  test: evaluation,
  validation: z.exactOptional(evaluation),
  seconds: real,
})

/** An event that a record is made of, but for the start and the end. */
export type HistoryEvent =
  | StepsEvent
  | GradientsEvent
  | HistogramsEvent
  | UpdatesEvent
  | UnitsEvent
  | EvaluationEvent
  | EpochEvent

const historyEvent: z.ZodMiniType<HistoryEvent> = z.union([
  steps,
  gradients,
  histograms,
  updates,
  units,
  midEpoch,
  epoch,
])

/** A run's state without its tensors; those of the best epoch are beside it too. */
export type StateNumbers = Omit<RunState, 'carry' | 'best'> & {
  readonly best?: Omit<NonNullable<RunState['best']>, 'model'>
}

const state: z.ZodMiniType<StateNumbers> = z.strictObject({
  epoch: whole,
  stepInEpoch: whole,
  lossSum: real,
  samples: whole,
  epochSeconds: real,
  seconds: real,
  best: z.exactOptional(z.strictObject({ epoch: whole, accuracy: real })),
})

const backendInfo: z.ZodMiniType<BackendInfo> = z.strictObject({
  versions: z.record(text, text),
  device: text,
  threads: z.number(),
  dtypes: z.array(z.enum(['float32', 'float64', 'int32', 'uint8', 'bool'])),
  options: z.record(text, z.union([text, real, z.boolean()])),
})

/** The data that a run trains on, enough to notice others. */
export interface DataMark {
  readonly name: string
  readonly origin: string
  readonly classes: number
  readonly sampleShape: readonly number[]
  /** Samples of the whole data set, before the experiment limits it. */
  readonly train: number
  readonly test: number
}

const dataMark: z.ZodMiniType<DataMark> = z.strictObject({
  name: text,
  origin: text,
  classes: whole,
  sampleShape: z.array(whole),
  train: whole,
  test: whole,
})

/** A part of a run that one process trained on one backend. */
export interface Stretch {
  /** The step that it began with, counted from 0. */
  readonly firstStep: number
  readonly backend: string
  readonly backendInfo: BackendInfo
  /** Of `@isograd/core`. */
  readonly version: string
}

const stretch: z.ZodMiniType<Stretch> = z.strictObject({ firstStep: whole, backend: text, backendInfo, version: text })

/** Schema of the document. `state` is null before the first checkpointed step. */
export const documentSchema = z.strictObject({
  schema: z.literal(CHECKPOINT_SCHEMA),
  armName: text,
  arm: armSchema,
  data: dataMark,
  stretches: z.array(stretch),
  state: z.nullable(state),
  events: z.array(historyEvent),
})
