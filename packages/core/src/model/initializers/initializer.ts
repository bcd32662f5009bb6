/**
 * Initial values of parameters. Each parameter has a random stream of its own, so its values depend on the seed and on
 * its number in the model and on nothing else. Drawn in float64 and rounded to the training precision.
 */
import type { RandomStream } from '../../random/stream.js'
import {
  type NamedRecord,
  recordOf,
  type SettingsOf,
  type Shape,
  type Spec,
  type Table,
} from '../../registry/settings.js'
import { elementCount } from '../../tensor.js'

/** Inputs that feed one output of the parameter's layer, and outputs that one input feeds. */
export interface Fans {
  readonly fanIn: number
  readonly fanOut: number
}

/** The tensor to be filled. */
export interface InitialContext {
  readonly shape: readonly number[]
  readonly fans: Fans
  readonly stream: RandomStream
}

/** All values of a tensor in float64, row-major. @throws InputError when the shape does not suit. */
export type Fill = (context: InitialContext) => Float64Array

/** One initializer. */
export interface InitializerRecord<S extends Shape = Shape> extends NamedRecord<S> {
  fill(settings: SettingsOf<S>, context: InitialContext): Float64Array
}

/** Ties an initializer's function to the type of its settings. */
export function initializer<S extends Shape = Shape>(record: InitializerRecord<S>): InitializerRecord<S> {
  return record
}

/** The function of the initializer that a spec names. @throws InputError naming the nearest. */
export function fillOf(table: Table<InitializerRecord>, spec: Spec): Fill {
  const record = recordOf(table, spec, 'initializer')
  return (context) => record.fill(spec, context)
}

/** Values that are drawn one by one. */
export function each({ shape }: InitialContext, next: (index: number) => number): Float64Array {
  return new Float64Array(elementCount(shape)).map((_, i) => next(i))
}

/** The same number everywhere. */
export function constantFill(value: number): Fill {
  return (context) => each(context, () => value)
}
