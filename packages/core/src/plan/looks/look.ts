/**
 * Something that an experiment may ask to have looked at inside its network at the probed steps, beside the gradients of
 * parameters. Each is one file of this folder and one flag of `probes`.
 */
import type { Builder, Value } from '../../ir/builder.js'
import type { Model } from '../../model/model.js'
import type { Probe } from '../../run/events.js'
import type { TensorMap } from '../../tensor.js'
import type { ForwardPass, Values } from '../passes.js'

/** A batch's forward pass, with the gradients of what is watched, each in the place of its value. */
export interface LookedAt {
  readonly model: Model
  readonly pass: ForwardPass
  readonly gradientOf: (value: Value) => Value
}

/** One thing to look at. */
export interface Look {
  /** The sentence on its flag, for the glossary. */
  readonly about: string
  /** Checks that it is for a network. @throws FieldError that names its flag. */
  readonly check?: (model: Model) => void
  /** Values whose gradients of the loss it needs. */
  readonly watched?: (pass: ForwardPass) => readonly Value[]
  /** Emits the outputs that it reads; their values are those of one batch. */
  readonly emit: (b: Builder, at: LookedAt) => Values
  /** The probes of a step, from those outputs. */
  readonly read: (model: Model, ys: TensorMap) => readonly Probe[]
}
