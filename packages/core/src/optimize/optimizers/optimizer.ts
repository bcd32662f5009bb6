/**
 * An optimizer is one of two things. One that updates by a single gradient a step is a pair of pure functions that emit
 * the same IR as everything else; what depends only on the number of the step (bias corrections, decaying rates) is
 * computed here in float64 and enters the program as scalars, so that no backend's `pow` has a say in it. One that asks
 * for loss and gradient several times a step, at places that depend on the answers, runs on the host in float64.
 *
 * Schedules set `settings.learningRate` anew in every step, and no optimizer knows: whatever the learning rate is in is
 * a number of `scalars`, or of `rates` where it does not depend on t; `update` cannot read the setting itself.
 */
import { InputError } from '../../errors.js'
import { docsPage } from '../../text/docs-page.js'
import type { Builder, Value } from '../../ir/builder.js'
import {
  type NamedRecord,
  recordOf,
  type SettingsOf,
  type Shape,
  type Spec,
  type Table,
} from '../../registry/settings.js'
import type { FloatDType, TensorMap } from '../../tensor.js'

/** A parameter at its update. */
export interface UpdateContext<Settings> {
  readonly b: Builder
  readonly settings: Omit<Settings, 'learningRate'>
  readonly parameter: Value
  readonly gradient: Value
  /** State tensors of the parameter's shape, by name. */
  readonly state: Readonly<Record<string, Value>>
  /** Scalars of the step, by name. */
  readonly scalars: Readonly<Record<string, Value>>
  /** A number of `rates`, as a scalar. @throws Error when the optimizer did not declare it. */
  readonly rate: (name: string) => Value
}

/** A parameter that an optimizer keeps state of. */
export interface UpdatedParameter {
  readonly shape: readonly number[]
}

/** The parameter and its state after the update. */
export interface UpdateResult {
  readonly parameter: Value
  readonly state: Readonly<Record<string, Value>>
}

/** An optimizer that is part of the training program. */
export interface ProgramOptimizer<S extends Shape = Shape> extends NamedRecord<S> {
  readonly runs: 'program'
  /** Names of the state tensors a parameter has, with the number each starts from; all are of the parameter's shape. */
  state(settings: SettingsOf<S>, parameter: UpdatedParameter): Readonly<Record<string, number>>
  /** The scalars of step t = 1, 2, ... in float64. */
  scalars(settings: SettingsOf<S>, t: number): Readonly<Record<string, number>>
  /** Numbers that the learning rate is in and t is not: constants of the program where no schedule moves the rate. */
  rates?(settings: SettingsOf<S>): Readonly<Record<string, number>>
  /** Name of the state tensor that averages the parameter over steps, for arms that evaluate it; most have none. */
  readonly average?: string
  /** Emits the update of one parameter. */
  update(context: UpdateContext<SettingsOf<S>>): UpdateResult
}

/** Loss and gradient at one place. */
export interface LossAndGradient {
  readonly loss: number
  readonly gradient: Float64Array
}

/** Evaluates loss and gradient of the step's batch; must not write to or keep `parameters`. */
export type Evaluate = (parameters: Float64Array) => Promise<LossAndGradient>

/** The results of a step on the host. */
export interface HostStep {
  readonly parameters: Float64Array
  /** At the start of the step. */
  readonly loss: number
  /** The optimizer's own tensors. */
  readonly state: TensorMap
}

/** An optimizer that runs on the host. Its tensors may grow from step to step; all parameters are one vector to it. */
export interface HostOptimizer<S extends Shape = Shape> extends NamedRecord<S> {
  readonly runs: 'host'
  /** Its tensors before the first step. Their names must begin with `statePrefix`. */
  initial(): TensorMap
  readonly statePrefix: string
  /** @throws InputError when tensors with the prefix are not a state that a step can begin with. */
  checkState(carry: TensorMap): void
  step(evaluate: Evaluate, carry: TensorMap, parameters: Float64Array, settings: SettingsOf<S>): Promise<HostStep>
  /** Updates of the parameters in one step. */
  updates(settings: SettingsOf<S>): number
}

/** One optimizer. */
export type OptimizerRecord<S extends Shape = Shape> = ProgramOptimizer<S> | HostOptimizer<S>

/** Ties an optimizer's functions to the type of its settings. */
export function optimizer<S extends Shape>(record: ProgramOptimizer<S>): ProgramOptimizer<S> {
  return record
}

/** As `optimizer`, for one that runs on the host. */
export function hostOptimizer<S extends Shape>(record: HostOptimizer<S>): HostOptimizer<S> {
  return record
}

/** The optimizer that a spec names. @throws InputError naming the nearest. */
export function optimizerOf(table: Table<OptimizerRecord>, spec: Spec): OptimizerRecord {
  return recordOf(table, spec, 'optimizer')
}

/**
 * The rates of an update as constants of the program, each emitted where it is asked for.
 * @throws Error when the optimizer did not declare the one that is asked for.
 */
export function constantRates(
  b: Builder,
  record: ProgramOptimizer,
  settings: Spec,
  dtype: FloatDType,
): UpdateContext<Spec>['rate'] {
  const numbers = record.rates?.(settings) ?? {}
  return (name) => {
    const value = numbers[name]
    if (value === undefined) throw new Error(`internal: optimizer uses the rate "${name}" without declaring it`)
    return b.constant(value, dtype)
  }
}

/** Settings whose learning rate is another in every step: an update that reads it is told what to do instead. */
export function withoutRate(settings: Spec): Spec {
  return Object.defineProperty({ ...settings }, 'learningRate', {
    get: () => {
      const cure = `which schedules move; declare it in rates() or scalars(), see ${docsPage('extending.md')}`
      throw new InputError('core', `optimizer "${settings.type}": update() reads settings.learningRate, ${cure}`)
    },
  })
}

/** A state tensor or scalar by name. @throws Error when the optimizer did not declare it. */
export function named(values: Readonly<Record<string, Value>>, name: string): Value {
  const value = values[name]
  if (value === undefined) throw new Error(`internal: optimizer uses "${name}" without declaring it`)
  return value
}
