/**
 * What an activation is: the schema of its settings, and a pure function that emits IR. Activations are compositions
 * of the IR's operations, so each works on every backend and its gradient needs no rule of its own. They are written so
 * that this gradient is right too: nothing overflows in a branch that is not taken, and nothing cancels in a tail,
 * where the gradients are small and the whole point may be to see how small.
 */
import type * as z from 'zod/mini'
import type { Builder, Value } from '../../ir/builder.js'

/** One activation. */
export interface Activation<S extends z.ZodMiniType> {
  /** Settings with their defaults: every setting has one, so that the bare name is a complete spec. */
  readonly schema: S
  /** Emits f(x), of the shape and dtype of x. */
  readonly emit: (b: Builder, x: Value, settings: z.output<S>) => Value
}

/** Ties an activation's function to its schema's type. */
export function activation<S extends z.ZodMiniType>(schema: S, emit: Activation<S>['emit']): Activation<S> {
  return { schema, emit }
}

/** A scalar of the value's dtype. */
export function constantLike(b: Builder, x: Value, value: number): Value {
  return b.constant(value, x.type.dtype)
}
