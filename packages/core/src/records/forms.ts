/**
 * The forms of what runs tell, as records and checkpoints keep it: a file that somebody else wrote, or that an editor has
 * been at, is told apart here, field by field, before a value of it is used.
 */
import * as z from 'zod/mini'
import { type BackendInfo, precisions } from '../backend/contract.js'
import { encodingSchema, splitPath } from '../experiment/schema.js'
import { operations, type OpName } from '../ir/ops/index.js'
import type { Histogram } from '../numerics/histogram.js'
import { real } from '../numerics/real.js'
import type { ModuleMark } from '../registry/registry.js'
import {
  type DataFacts,
  type Evaluation,
  type LearningRateSeries,
  quantities,
  type QuantityName,
  type Stop,
} from '../run/events.js'
import type { NonFinitePlace } from '../run/non-finite.js'
import { detailSchema } from '../task/metrics/detail.js'
import type { MetricFacts } from '../task/task.js'

export { real } from '../numerics/real.js'

/** A count. */
export const whole = z.int().check(z.gte(0))
/** Any text. */
export const text = z.string()
/** A field that may be absent, but not undefined. */
export const optional = z.exactOptional

/** Loss and metrics of a table. */
export const evaluation: z.ZodMiniType<Evaluation> = z.strictObject({
  loss: real,
  metrics: z.record(text, z.strictObject({ value: real, error: real })),
})

/** Evaluations by table at the end, with the figures behind their metrics. */
export const finalEvaluations: z.ZodMiniType<Readonly<Record<string, Evaluation>>> = z.record(
  text,
  z.strictObject({
    loss: real,
    metrics: z.record(text, z.strictObject({ value: real, error: real, detail: optional(detailSchema) })),
  }),
)

/** Evaluations by table. */
export const evaluations = z.record(text, evaluation)

/** The learning rate of a parameter group where it changes. */
export const learningRateSeries: z.ZodMiniType<LearningRateSeries> = z.strictObject({
  group: text,
  steps: z.array(whole),
  values: z.array(real),
})

/** The rule that ended a training before its last epoch. */
export const stop: z.ZodMiniType<Stop> = z.strictObject({ rule: z.enum(['earlyStopping', 'timeLimit']), step: whole })

/** Name of a probed quantity. */
export const quantity = z.enum(Object.keys(quantities) as [QuantityName, ...QuantityName[]])

/** A histogram of one tensor. */
export const histogram: z.ZodMiniType<Histogram> = z.strictObject({
  name: text,
  min: real,
  max: real,
  sum: real,
  sumOfSquares: real,
  counts: z.array(whole),
  notFinite: whole,
})

/** Histograms of one probed step. */
export const histograms = {
  step: whole,
  weights: z.array(histogram),
  gradients: z.array(histogram),
  inputs: z.array(histogram),
}

/** The parts that a backend is made of. */
export const backendInfo: z.ZodMiniType<BackendInfo> = z.strictObject({
  versions: z.record(text, text),
  device: text,
  threads: z.number(),
  dtypes: z.array(z.enum(['float32', 'float64', 'int32', 'uint8', 'bool'])),
  options: z.record(text, z.union([text, real, z.boolean()])),
  precision: optional(z.enum(precisions)),
  untested: optional(z.record(text, text)),
})

/** A field of a data set. */
export const field = z.strictObject({
  dtype: z.enum(['uint8', 'int32', 'float32', 'float64']),
  shape: z.array(whole),
  encoding: encodingSchema,
  channels: optional(z.literal('first')),
})

/** Facts on a run's data. */
export const dataFacts: z.ZodMiniType<DataFacts> = z.strictObject({
  name: text,
  origin: text,
  digest: optional(text),
  path: optional(splitPath),
  fields: z.record(text, field),
  target: optional(text),
  rows: z.record(text, whole),
})

/** Facts on a metric. */
export const metricFacts: z.ZodMiniType<MetricFacts> = z.strictObject({
  label: text,
  format: z.enum(['percent', 'number']),
  better: z.enum(['larger', 'smaller']),
})

/** A module that a run needs. */
export const moduleMark: z.ZodMiniType<ModuleMark> = z.strictObject({ name: text, sha256: text })

/** The place where a run left the finite numbers. */
export const nonFinitePlace: z.ZodMiniType<NonFinitePlace> = z.strictObject({
  step: whole,
  loss: real,
  origin: optional(
    z.strictObject({
      operation: z.enum(Object.keys(operations) as [OpName, ...OpName[]]),
      node: text,
      stage: text,
      layer: text,
      value: real,
      notFinite: whole,
      of: whole,
      inputs: z.array(z.strictObject({ name: text, largest: real, notFinite: whole })),
    }),
  ),
})
