/** The form of a checkpoint's document: all of a checkpoint but its tensors. */
import * as z from 'zod/mini'
import type { BackendInfo } from '../backend/contract.js'
import type { SplitName } from '../data/dataset.js'
import type { Field } from '../data/field.js'
import type { EpochEvent, EvaluationEvent, HistogramsEvent, ProbesEvent, StepsEvent } from '../run/events.js'
import type { RunState } from '../run/state.js'
import {
  backendInfo,
  evaluation,
  evaluations,
  field,
  histograms,
  learningRateSeries,
  moduleMark,
  optional,
  quantity,
  real,
  text,
  whole,
} from './forms.js'

/** Version of the document's form. */
export const CHECKPOINT_SCHEMA = 'isograd.checkpoint/2'

const steps: z.ZodMiniType<StepsEvent> = z.strictObject({
  type: z.literal('steps'),
  epoch: whole,
  first: whole,
  losses: z.array(real),
  penalties: optional(z.array(real)),
  metric: z.array(real),
  batch: whole,
  seconds: real,
  learningRates: optional(z.array(learningRateSeries)),
})

const probe = z.strictObject({
  quantity,
  layer: text,
  parameter: optional(text),
  axes: z.array(text),
  values: z.array(real),
})

const probes: z.ZodMiniType<ProbesEvent> = z.strictObject({
  type: z.literal('probes'),
  step: whole,
  probes: z.array(probe),
})

const histogramsEvent: z.ZodMiniType<HistogramsEvent> = z.strictObject({ type: z.literal('histograms'), ...histograms })

const midEpoch: z.ZodMiniType<EvaluationEvent> = z.strictObject({
  type: z.literal('evaluation'),
  step: whole,
  evaluation,
})

const epoch: z.ZodMiniType<EpochEvent> = z.strictObject({
  type: z.literal('epoch'),
  epoch: whole,
  trainLoss: real,
  penalty: optional(real),
  evaluations,
  seconds: real,
  steps: optional(whole),
})

/** An event that a record is made of, but for the start and the end. */
export type HistoryEvent = StepsEvent | ProbesEvent | HistogramsEvent | EvaluationEvent | EpochEvent

/** A run's state without its tensors; those of the best epoch are beside it too. */
export type StateNumbers = Omit<RunState, 'carry' | 'best'> & {
  readonly best?: Omit<NonNullable<RunState['best']>, 'model'>
}

const memory = z.record(text, real)

const state: z.ZodMiniType<StateNumbers> = z.strictObject({
  epoch: whole,
  stepInEpoch: whole,
  lossSum: real,
  penaltySum: optional(real),
  samples: real,
  epochSeconds: real,
  seconds: real,
  best: optional(z.strictObject({ epoch: whole, value: real })),
  control: optional(z.strictObject({ schedule: optional(memory), earlyStopping: optional(memory) })),
})

/** The data that a run trains on, enough to notice others. */
export interface DataMark {
  readonly name: string
  readonly origin: string
  readonly fields: Readonly<Record<string, Field>>
  readonly target?: string
  /** Samples of each split of the whole data set, before the experiment limits it. */
  readonly samples: Readonly<Partial<Record<SplitName, number>>>
}

const dataMark: z.ZodMiniType<DataMark> = z.strictObject({
  name: text,
  origin: text,
  fields: z.record(text, field),
  target: optional(text),
  samples: z.strictObject({ train: whole, validation: optional(whole), test: optional(whole) }),
})

/** A part of a run that one process trained on one backend. */
export interface TrainedPart {
  /** The step that it began with, counted from 0. */
  readonly firstStep: number
  readonly backend: string
  readonly backendInfo: BackendInfo
  /** Of `@isograd/core`. */
  readonly version: string
}

const part: z.ZodMiniType<TrainedPart> = z.strictObject({ firstStep: whole, backend: text, backendInfo, version: text })

/** Schema of the document but for the arm, which a registry reads. `state` is null before the first checkpointed step. */
export const documentSchema = z.object({
  schema: z.literal(CHECKPOINT_SCHEMA),
  armName: text,
  modules: z.array(moduleMark),
  data: dataMark,
  stretches: z.array(part),
  state: z.nullable(state),
  events: z.array(z.union([steps, probes, histogramsEvent, midEpoch, epoch])),
})
