/**
 * Reads a record back from its text: the inverse of `stringifyRecord`, with suspicion, since a record may come from
 * another machine, another version, or an editor. Fields that this version does not know are left out.
 */
import * as z from 'zod/mini'
import { InputError } from '../errors.js'
import { isObject } from '../experiment/merge-patch.js'
import { formatPath, problemsOf } from '../experiment/problems.js'
import { armSchema } from '../experiment/schema.js'
import type { Histogram } from '../numerics/histogram.js'
import { RECORD_SCHEMA, type RunRecord } from './record.js'

const nonFinite = ['NaN', 'Infinity', '-Infinity'] as const

/** A number, or one that JSON lacks by name. */
const real = z.union([z.number(), z.pipe(z.enum(nonFinite), z.transform(Number))])
/** Of all samples or units. */
const share = z.number().check(z.gte(0), z.lte(1))
const whole = z.int().check(z.gte(0))
const text = z.string()
const optional = z.exactOptional

const backendInfo = z.object({
  versions: z.record(text, text),
  device: text,
  threads: z.number(),
  dtypes: z.array(z.enum(['float32', 'float64', 'int32', 'uint8', 'bool'])),
  options: z.record(text, z.union([z.number(), z.boolean(), text])),
})

const dataset = z.object({
  name: text,
  origin: text,
  classes: whole,
  sampleShape: z.array(whole),
  train: whole,
  validation: whole,
  test: whole,
})

const epoch = z.object({
  trainLoss: real,
  testLoss: real,
  testAccuracy: share,
  validationLoss: optional(real),
  validationAccuracy: optional(share),
  seconds: real,
})

const layer = z.object({
  name: text,
  kind: text,
  activation: optional(text),
  outputShape: z.array(whole),
  parameters: whole,
})

const histogram: z.ZodMiniType<Histogram> = z.object({
  name: text,
  min: real,
  max: real,
  sum: real,
  sumOfSquares: real,
  counts: z.array(whole),
  notFinite: whole,
})

const recordSchema: z.ZodMiniType<RunRecord> = z.object({
  schema: z.literal(RECORD_SCHEMA),
  preset: text,
  arm: text,
  backend: text,
  backendInfo,
  seed: whole,
  precision: z.enum(['float32', 'float64']),
  experiment: armSchema,
  dataset,
  layers: z.array(layer),
  steps: whole,
  seconds: real,
  testAccuracy: share,
  testLoss: real,
  chosenEpoch: whole,
  testAccuracyByScale: optional(z.object({ unit: share, raw: share })),
  epochs: z.array(epoch),
  gradientNorms: z.array(
    z.object({ step: whole, layers: z.array(z.object({ name: text, weight: real, bias: optional(real) })) }),
  ),
  updateRatios: optional(z.array(z.object({ step: whole, layers: z.array(z.object({ name: text, weight: real })) }))),
  histograms: optional(
    z.array(
      z.object({
        step: whole,
        weights: z.array(histogram),
        gradients: z.array(histogram),
        preActivations: z.array(histogram),
      }),
    ),
  ),
  units: z.array(
    z.object({
      step: whole,
      layers: z.array(z.object({ name: text, dead: optional(share), saturated: optional(share) })),
    }),
  ),
  losses: z.array(real),
  trainAccuracies: optional(z.array(share)),
  evaluations: optional(z.array(z.object({ step: whole, testLoss: real, testAccuracy: share }))),
})

function fail(source: string, message: string, cause?: unknown): never {
  throw new InputError('core', `${source}: ${message}`, { cause })
}

/**
 * The record in a text; `source` is what messages call it.
 * @throws InputError when it is not JSON, not a record, or a field of it is wrong.
 */
export function parseRecord(json: string, source = 'record'): RunRecord {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch (cause) {
    fail(source, 'expected a record in JSON, got something else', cause)
  }
  const schema = isObject(value) ? value['schema'] : undefined
  if (schema !== RECORD_SCHEMA) {
    fail(source, `expected a record of the schema "${RECORD_SCHEMA}", got ${JSON.stringify(schema) ?? 'none'}`)
  }
  const parsed = recordSchema.safeParse(value)
  if (parsed.success) return parsed.data
  const [problem] = problemsOf(parsed.error, value, () => [])
  if (problem === undefined) return fail(source, 'not of the form of a record')
  return fail(source, `${formatPath(problem.path)}: expected ${problem.expected}, got ${problem.got}`)
}
