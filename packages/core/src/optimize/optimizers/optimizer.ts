/**
 * What an optimizer is: pure functions that emit the same IR as everything else. What depends only on the number of
 * the step (bias corrections, decaying rates) is computed here in float64 and enters the program as scalars, so that
 * no backend's `pow` has a say in it.
 */
import type * as z from 'zod/mini'
import type { Builder, Value } from '../../ir/builder.js'

/** A parameter at its update. */
export interface UpdateContext<Settings> {
  readonly b: Builder
  readonly settings: Settings
  readonly parameter: Value
  readonly gradient: Value
  /** State tensors of the parameter's shape, by name. */
  readonly state: Readonly<Record<string, Value>>
  /** Scalars of the step, by name. */
  readonly scalars: Readonly<Record<string, Value>>
}

/** The parameter and its state after the update. */
export interface UpdateResult {
  readonly parameter: Value
  readonly state: Readonly<Record<string, Value>>
}

/** One optimizer. */
export interface Optimizer<S extends z.ZodMiniType> {
  /** Settings with their defaults. */
  readonly schema: S
  /** Names of the state tensors a parameter has, with the number each starts from. */
  readonly state: (settings: z.output<S>) => Readonly<Record<string, number>>
  /** The scalars of step t = 1, 2, ... in float64. */
  readonly scalars: (settings: z.output<S>, t: number) => Readonly<Record<string, number>>
  /** Emits the update of one parameter. */
  readonly update: (context: UpdateContext<z.output<S>>) => UpdateResult
}

/** Ties an optimizer's functions to its schema's type. */
export function optimizer<S extends z.ZodMiniType>(definition: Optimizer<S>): Optimizer<S> {
  return definition
}

/** A state tensor or scalar by name. @throws Error when the optimizer did not declare it. */
export function named(values: Readonly<Record<string, Value>>, name: string): Value {
  const value = values[name]
  if (value === undefined) throw new Error(`internal: optimizer uses "${name}" without declaring it`)
  return value
}
