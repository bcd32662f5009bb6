/** All optimizers by name. Adding one adds its file and its lines here. */
import * as z from 'zod/mini'
import { adam } from './adam.js'
import type { Optimizer } from './optimizer.js'
import { sgd } from './sgd.js'

/** Every optimizer that an experiment can name. */
export const optimizers = { sgd, adam }

/** Schema of an optimizer in an experiment. */
export const optimizerSchema = z.discriminatedUnion('type', [sgd.schema, adam.schema])

/** An optimizer with its settings. */
export type OptimizerSpec = z.output<typeof optimizerSchema>

/** The definition that a spec names, for code that treats all optimizers alike. */
export function optimizerOf(spec: OptimizerSpec): Optimizer<z.ZodMiniType> {
  return optimizers[spec.type]
}
