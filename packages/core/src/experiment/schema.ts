/** The schema of an experiment over a registry: plain data, with defaults. `json-schema.ts` makes the JSON Schema for editors of it. */
import * as z from 'zod/mini'
import { InputError } from '../errors.js'
import { initialWeightsSchema } from '../model/initial-weights.js'
import { averages } from '../optimize/averaging.js'
import { nodeFields } from '../model/graph.js'
import { heldFields } from '../model/held.js'
import { clippingSchema } from '../optimize/clipping.js'
import { groupSchema } from '../optimize/groups.js'
import { withCommonSettings } from '../optimize/schedules/schedule.js'
import { type LookName, looks } from '../plan/looks/index.js'
import type { Registry } from '../registry/registry.js'
import {
  type NamedRecord,
  nameOrSpec,
  type Shape,
  type Spec,
  type SpecSchemas,
  type Table,
  tableSchema,
} from '../registry/settings.js'
import type { HeadSpec } from '../task/task.js'
import type { ArmSpec } from './arm.js'
import { earlyStoppingSchema, keepSchema } from './control-schema.js'
import { count } from './counts.js'
import { duration } from './durations.js'

const name = z.string().check(z.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/))

const categories = {
  count,
  names: z.exactOptional(z.array(z.string())),
  missing: z.exactOptional(z.int().check(z.gte(0))),
}

/** Schema of an encoding of a field. */
export const encodingSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('numbers'),
    scale: z.exactOptional(z.number()),
    mean: z.exactOptional(z.number()),
    standardDeviation: z.exactOptional(z.number().check(z.positive())),
    missing: z.exactOptional(z.number()),
    names: z.exactOptional(z.array(z.string())),
  }),
  z.strictObject({ kind: z.literal('category'), isLeast: z.exactOptional(z.literal(true)), ...categories }),
  z.strictObject({ kind: z.literal('oneHot'), ...categories }),
])

const tableSpec = z.strictObject({
  of: z.exactOptional(z.enum(['train', 'validation', 'test'])),
  encodings: z.exactOptional(z.record(z.string(), encodingSchema)),
})

const text = z.string().check(z.minLength(1))

const splitPaths = z.strictObject({ train: text, validation: z.exactOptional(text), test: z.exactOptional(text) })

/** Schema of a path, or of one for each split. */
export const splitPath = z.union([text, splitPaths])

const fraction = z.number().check(z.gt(0), z.lt(1))

const splitSchema = z.strictObject({
  test: z.exactOptional(fraction),
  validation: z.exactOptional(fraction),
  seed: z._default(z.int().check(z.gte(0)), 0),
  stratify: z._default(z.boolean(), true),
})

/** Fields over a table of encodings. */
function fieldsSchema(encoding: z.ZodMiniType<Spec>) {
  const shape = z.array(count).check(z.minLength(1))
  const field = z.strictObject({
    encoding: z.exactOptional(z.union([encoding, z.array(encoding).check(z.minLength(1))])),
    columns: z.exactOptional(z.union([text, z.array(text).check(z.minLength(1))])),
    shape: z.exactOptional(shape),
  })
  return z.record(text, field)
}

const dataShape = {
  dataset: z._default(text, 'files'),
  path: z.exactOptional(splitPath),
  format: z.exactOptional(text),
  split: z.exactOptional(splitSchema),
  target: z.exactOptional(text),
  options: z.exactOptional(z.record(z.string(), z.unknown())),
  limit: z.exactOptional(count),
  testLimit: z.exactOptional(count),
  validation: z.exactOptional(fraction),
  stream: z.exactOptional(z.union([z.boolean(), z.literal('auto')])),
  tables: z.exactOptional(z.record(name, tableSpec)),
}

const flag = z.exactOptional(z.boolean())

/** A flag for each thing that may be looked at. */
const lookFlags = Object.fromEntries(Object.keys(looks).map((look) => [look, flag])) as Record<LookName, typeof flag>

const probesSchema = z.strictObject({
  every: z.exactOptional(count),
  trainMetric: z._default(z.boolean(), false),
  histograms: z._default(z.boolean(), false),
  ...lookFlags,
  derivatives: z._default(z.boolean(), false),
  testEvery: z.exactOptional(count),
})

const weight = z.number().check(z.nonnegative())

const goalSchema = z.strictObject({ atLeast: z.exactOptional(z.number()), atMost: z.exactOptional(z.number()) })

/** The first record of a table whose settings may all be left out. */
export function defaultOf(table: Table<unknown>): Spec {
  const [first] = Object.keys(table)
  if (first !== undefined) return { type: first }
  throw new InputError('core', 'registry: a table without records')
}

/** Schema of an encoding of the registry, as an experiment asks for one. */
export function encodingSpec(registry: Registry): z.ZodMiniType<Spec> {
  const none = z.strictObject({ type: z.string() })
  return nameOrSpec(registry.encodings, { layer: none, activation: none, initializer: none })
}

/** Records with more settings, the same for all. */
function withFields(table: Table<NamedRecord>, fields: Shape): Table<NamedRecord> {
  const entries = Object.entries(table).map(([key, record]): [string, NamedRecord] => {
    const { settings = {} } = record
    const own = (schemas: SpecSchemas): Shape => (typeof settings === 'function' ? settings(schemas) : settings)
    return [key, { ...record, settings: (schemas: SpecSchemas): Shape => ({ ...own(schemas), ...fields }) }]
  })
  return Object.fromEntries(entries)
}

function shapeOf(registry: Registry) {
  const layer: z.ZodMiniType<Spec> = z.lazy(() => layers)
  const activation: z.ZodMiniType<Spec> = z.lazy(() => activations)
  const initializer: z.ZodMiniType<Spec> = z.lazy(() => initializers)
  const schemas: SpecSchemas = { layer, activation, initializer }
  const initializers = tableSchema(registry.initializers, schemas)
  const [regularizers, constraints] = [registry.regularizers, registry.constraints].map((table) =>
    nameOrSpec(table, schemas),
  ) as [z.ZodMiniType<Spec>, z.ZodMiniType<Spec>]
  const layers = tableSchema(
    withFields(registry.layers, { ...heldFields(regularizers, constraints), ...nodeFields }),
    schemas,
  )
  const activations = nameOrSpec(registry.activations, schemas)
  const encodings = encodingSpec(registry)
  const fill = defaultOf(registry.initializers)
  const [losses, metrics] = [nameOrSpec(registry.losses, schemas), z.array(nameOrSpec(registry.metrics, schemas))]
  const headSchema = z.strictObject({
    task: nameOrSpec(registry.tasks, schemas),
    loss: z.exactOptional(losses),
    metrics: z.exactOptional(metrics),
    lossWeight: z._default(weight, 1),
    layer: z.exactOptional(text),
  })
  return {
    $schema: z.exactOptional(z.string()),
    name,
    description: z.exactOptional(z.string()),
    data: z.strictObject({ ...dataShape, fields: z.exactOptional(fieldsSchema(encodings)) }),
    task: z._default(nameOrSpec(registry.tasks, schemas), defaultOf(registry.tasks)),
    model: z.strictObject({
      layers: z.array(layers).check(z.minLength(1)),
      output: z.exactOptional(text),
      channels: z.exactOptional(z.enum(['first', 'last'])),
    }),
    activation: z._default(activations, { type: 'relu' }),
    initializers: z._default(
      z.strictObject({ weights: z._default(initializers, fill), biases: z._default(initializers, fill) }),
      { weights: fill, biases: fill },
    ),
    initialWeights: z.exactOptional(initialWeightsSchema),
    regularizer: z.exactOptional(regularizers),
    constraint: z.exactOptional(constraints),
    loss: z.exactOptional(losses),
    classWeights: z.exactOptional(z.union([z.literal('balanced'), z.array(weight), z.record(z.string(), weight)])),
    weightedMean: z.exactOptional(z.enum(['weights', 'rows'])),
    metrics: z.exactOptional(metrics),
    heads: z.exactOptional(z.record(name, headSchema)),
    judgedBy: z.exactOptional(z.string()),
    optimizer: tableSchema(registry.optimizers, schemas),
    schedule: z.exactOptional(nameOrSpec(withCommonSettings(registry.schedules), schemas)),
    groups: z.exactOptional(z.array(groupSchema)),
    accumulate: z.exactOptional(count),
    recompute: z.exactOptional(z.boolean()),
    goal: z.exactOptional(goalSchema),
    clipping: z.exactOptional(clippingSchema),
    averaging: z.exactOptional(nameOrSpec(averages, schemas)),
    batchSize: z.int().check(z.gte(1), z.lte(1_000_000)),
    epochs: z.int().check(z.gte(0), z.lte(1_000_000)),
    earlyStopping: z.exactOptional(earlyStoppingSchema),
    timeLimit: z.exactOptional(duration),
    keep: z.exactOptional(keepSchema),
    lastBatch: z._default(z.enum(['keep', 'drop']), 'keep'),
    seed: z._default(z.int().check(z.gte(0)), 0),
    precision: z._default(z.enum(['float32', 'float64']), 'float32'),
    onNonFinite: z.exactOptional(z.enum(['stop', 'continue'])),
    probes: z._default(probesSchema, { trainMetric: false, histograms: false, derivatives: false }),
  }
}

/** Fields that follow from a task may be left out. */
type Written<T extends { readonly loss: Spec; readonly metrics: readonly Spec[] }> = Omit<T, 'loss' | 'metrics'> &
  Partial<Pick<T, 'loss' | 'metrics'>>

/** An arm as it is written, but for the fields that follow from its task. */
export type WrittenArm = Written<Omit<ArmSpec, 'heads'>> & {
  readonly heads?: Readonly<Record<string, Written<HeadSpec>>>
}

const known = new WeakMap<Registry, ReturnType<typeof makeSchema>>()

function makeSchema(registry: Registry) {
  const shape = shapeOf(registry)
  return { arm: z.strictObject(shape), fields: Object.keys(shape) }
}

/** The schema of an arm over a registry, and the names of its fields. */
export function armSchema(registry: Registry): ReturnType<typeof makeSchema> {
  const schema = known.get(registry) ?? makeSchema(registry)
  known.set(registry, schema)
  return schema
}

/** Arms as written: JSON merge patches (RFC 7396) on the rest of the experiment, by name. */
export const armsSchema = z.optional(z.record(name, z.record(z.string(), z.unknown())))
