/** A task: what a network is asked, as a record of data. Losses, metrics and the model's output follow from it. */
import * as z from 'zod/mini'
import type { ColumnDescription } from '../../data/describe.js'
import type { Field } from '../../data/field.js'
import type { NamedRecord, Shape } from '../../registry/settings.js'
import type { PredictionRule } from '../predictions.js'
import type { TargetType } from '../target.js'

/** One kind of task. */
export interface TaskRecord<S extends Shape = Shape> extends NamedRecord<S> {
  /** One line for lists and messages. */
  readonly about: string
  readonly targetType: TargetType
  readonly prediction: PredictionRule
  /** The required form of the target's field, for messages. */
  readonly expects: string
  /** Tells if the task is what a column is most likely for, where nothing is said; of one column at most one task does. */
  proposedFor?(column: ColumnDescription): boolean
  /** Numbers that the model must give for a target; undefined when the field does not suit. */
  width(target: Field): number | undefined
}

/**
 * The fields that a task is about: the target and what the network is given, the data set's own unless named, and the
 * weights of samples, none unless named.
 */
export const taskSettings = {
  target: z.optional(z.string().check(z.minLength(1))),
  inputs: z.optional(z.array(z.string()).check(z.minLength(1))),
  weights: z.optional(z.string().check(z.minLength(1))),
}

/** Ties a task's functions to the type of its settings. */
export function task<S extends Shape = Shape>(record: TaskRecord<S>): TaskRecord<S> {
  return record
}
