/**
 * All optimizers by name. Adding one adds its file and its lines here. Those that update by one gradient a step are
 * programs; those that ask for loss and gradient several times a step, a closure in PyTorch's words, run on the host.
 */
import * as z from 'zod/mini'
import { InputError } from '../../errors.js'
import { adadelta } from './adadelta.js'
import { adagrad } from './adagrad.js'
import { adam } from './adam.js'
import { asgd } from './asgd.js'
import { lbfgsSchema, type LbfgsSpec } from './lbfgs.js'
import type { Optimizer } from './optimizer.js'
import { rmsprop } from './rmsprop.js'
import { rprop } from './rprop.js'
import { sgd } from './sgd.js'
import { sparseAdam } from './sparse-adam.js'

/** Every optimizer that is a program. */
export const optimizers = { sgd, adam, sparseAdam, adadelta, adagrad, rmsprop, rprop, asgd }

/** Schema of an optimizer in an experiment. */
export const optimizerSchema = z.discriminatedUnion('type', [
  sgd.schema,
  adam.schema,
  sparseAdam.schema,
  adadelta.schema,
  adagrad.schema,
  rmsprop.schema,
  rprop.schema,
  asgd.schema,
  lbfgsSchema,
])

/** An optimizer with its settings. */
export type OptimizerSpec = z.output<typeof optimizerSchema>

/** Whether an optimizer needs a closure: the runner then calls `lbfgsStep` instead of scanning a training program. */
export function needsClosure(spec: OptimizerSpec): spec is LbfgsSpec {
  return spec.type === 'lbfgs'
}

/**
 * The definition that a spec names, for code that treats all optimizers alike.
 * @throws InputError for an optimizer that is no program.
 */
export function optimizerOf(spec: OptimizerSpec): Optimizer<z.ZodMiniType> {
  if (!needsClosure(spec)) return optimizers[spec.type]
  throw new InputError(
    'core',
    `optimizer "${spec.type}": expected one that updates by a single gradient a step, such as "adam"; this one needs a closure`,
  )
}
