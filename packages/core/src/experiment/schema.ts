/** The schema of an experiment: plain data, with defaults. It also yields the JSON Schema for editors. */
import * as z from 'zod/mini'
import { clippingSchema } from '../optimize/clipping.js'
import { activationSchema } from '../train/activations/index.js'
import { initializerSchema } from '../train/initializers.js'
import { layerSchema } from '../train/layers/index.js'
import { lossNames } from '../train/losses.js'
import { optimizerSchema } from '../train/optimizers/index.js'
import { count } from './counts.js'

const dataSchema = z.strictObject({
  dataset: z.string().check(z.minLength(1)),
  /** Use only the first so many training samples. */
  limit: z.optional(count),
  /** Use only the first so many test samples. */
  testLimit: z.optional(count),
  /** Hold back this fraction of the training samples, and choose the epoch that is best on them. */
  validation: z.optional(z.number().check(z.gt(0), z.lt(1))),
  /** Scale of the pixels that the model is tested on: divided by 255 as in training, or as they are, 0 to 255. */
  testScale: z._default(z.enum(['unit', 'raw']), 'unit'),
})

const modelSchema = z.strictObject({
  layers: z.array(layerSchema).check(z.minLength(1)),
})

const initializersSchema = z.strictObject({
  weights: z._default(initializerSchema, { type: 'torchLinear' }),
  biases: z._default(initializerSchema, { type: 'torchLinear' }),
})

const probesSchema = z.strictObject({
  /** Probe the gradients every so many steps, beside the first and the last. */
  every: z.optional(count),
  /** Record the accuracy on each step's batch. */
  trainAccuracy: z._default(z.boolean(), false),
  /** Record histograms of parameters, gradients and pre-activations at the probed steps. */
  histograms: z._default(z.boolean(), false),
  /** Evaluate the test set every so many steps, beside the end of each epoch. */
  testEvery: z.optional(count),
})

/** What one arm trains. Everything but `model`, `data` and `name` has a default. */
export const armSchema = z.strictObject({
  $schema: z.optional(z.string()),
  name: z.string().check(z.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/)),
  description: z.optional(z.string()),
  data: dataSchema,
  model: modelSchema,
  /** The function of every `activation` layer that names none. */
  activation: z._default(activationSchema, { type: 'relu' }),
  initializers: z._default(initializersSchema, {
    weights: { type: 'torchLinear' },
    biases: { type: 'torchLinear' },
  }),
  loss: z._default(z.enum(lossNames), 'softmaxCrossEntropy'),
  optimizer: optimizerSchema,
  /** What an arm must reach to count as having learned; runs say who did. */
  goal: z.optional(z.strictObject({ testAccuracy: z.number().check(z.gt(0), z.lte(1)) })),
  /** What is done to gradients before the optimizer sees them. */
  clipping: z.optional(clippingSchema),
  batchSize: z.int().check(z.gte(1), z.lte(1_000_000)),
  epochs: z.int().check(z.gte(1), z.lte(1_000_000)),
  lastBatch: z._default(z.enum(['keep', 'drop']), 'keep'),
  seed: z._default(z.int().check(z.gte(0)), 0),
  precision: z._default(z.enum(['float32', 'float64']), 'float32'),
  probes: z._default(probesSchema, { trainAccuracy: false, histograms: false }),
})

/** An arm of an experiment, complete. */
export type ArmSpec = z.output<typeof armSchema>

const armName = z.string().check(z.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/))

/** Arms as written: JSON merge patches (RFC 7396) on the rest of the experiment, by name. */
export const armsSchema = z.optional(z.record(armName, z.record(z.string(), z.unknown())))

/** JSON Schema (draft 2020-12) of an experiment file. */
export function experimentJsonSchema(): unknown {
  const whole = z.extend(armSchema, { arms: armsSchema })
  return z.toJSONSchema(whole, { io: 'input' })
}
