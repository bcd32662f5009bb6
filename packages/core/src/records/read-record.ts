/**
 * Reads a record back from its text, with suspicion, since a record may come from another machine, another version, or an
 * editor. Fields that this version does not know are left out.
 */
import * as z from 'zod/mini'
import { failAt } from '../errors.js'
import { parseArmSpec } from '../experiment/experiment.js'
import { isObject } from '../experiment/merge-patch.js'
import { problemsOf, problemText } from '../experiment/problems.js'
import { parseExactly } from '../numerics/json.js'
import { builtins } from '../registry/builtins.js'
import type { Registry } from '../registry/registry.js'
import { requireConsistent } from './contradictions.js'
import { EARLIER_RECORD, upgradeRecord } from './earlier/record.js'
import {
  backendInfo,
  dataFacts,
  evaluation,
  evaluations,
  finalEvaluations,
  histograms,
  learningRateSeries,
  metricFacts,
  moduleMark,
  nonFinitePlace,
  optional,
  quantity,
  real,
  stop,
  text,
  whole,
} from './forms.js'
import { RECORD_SCHEMA, type RunRecord } from './record.js'

const layer = z.object({
  name: text,
  kind: text,
  inputs: optional(z.array(text)),
  activation: optional(text),
  outputShape: z.array(whole),
  parameters: whole,
  isDepth: z.boolean(),
})

const series = z.object({
  quantity,
  layer: text,
  parameter: optional(text),
  axes: z.array(text),
  steps: z.array(whole),
  values: z.array(real),
})

/** Every field in the order of a record; the experiment, which a registry reads, holds its place. */
export const recordSchema: z.ZodMiniType<Omit<RunRecord, 'experiment'> & { experiment: unknown }> = z.object({
  schema: z.literal(RECORD_SCHEMA),
  preset: text,
  arm: text,
  backend: text,
  backendInfo,
  modules: z.array(moduleMark),
  seed: whole,
  precision: z.enum(['float32', 'float64']),
  experiment: z.unknown(),
  dataset: dataFacts,
  metrics: z.record(text, metricFacts),
  judgedBy: optional(text),
  judgedOn: text,
  layers: z.array(layer),
  updatesPerStep: whole,
  steps: whole,
  end: z.object({
    reason: z.enum(['finished', 'stopped', 'nonFinite']),
    stopped: optional(stop),
    nonFinite: optional(nonFinitePlace),
  }),
  seconds: real,
  chosenEpoch: z.int().check(z.gte(-1)),
  finals: finalEvaluations,
  epochs: z.array(
    z.object({ trainLoss: real, penalty: optional(real), evaluations, seconds: real, steps: optional(whole) }),
  ),
  probes: z.array(series),
  losses: z.array(real),
  penalties: optional(z.array(real)),
  histograms: optional(z.array(z.object(histograms))),
  stepMetric: optional(z.array(real)),
  learningRates: optional(z.array(learningRateSeries)),
  evaluations: optional(z.array(z.object({ step: whole, evaluation }))),
  rounding: optional(
    z.object({
      gradients: z.array(z.object({ layer: text, parameter: text, value: real })),
      losses: z.array(real),
      evaluations: optional(z.array(z.object({ after: whole, table: text, value: real }))),
    }),
  ),
  files: optional(z.record(text, text)),
})

/** @throws InputError for a document that needs modules which a registry does not have, with the cure. */
export function requireModules(modules: RunRecord['modules'], registry: Registry, source: string): void {
  for (const { name, sha256 } of modules) {
    const found = registry.modules.find((module) => module.name === name)
    if (found === undefined) failAt(source, `it was made with the module "${name}"; load it with --use ${name}`)
    if (found.sha256 !== sha256) {
      failAt(source, `the module "${name}" has changed since: expected the SHA-256 ${sha256}, got ${found.sha256}`)
    }
  }
}

/** Names, for messages. */
function among(found: object): string {
  return Object.keys(found).join(', ') || 'none'
}

/** Holds a record to having what judges it among its figures. */
function requireJudged({ judgedOn, judgedBy, finals, metrics }: RunRecord, source: string): void {
  if (!Object.hasOwn(finals, judgedOn)) {
    failAt(source, `finals: expected the table "${judgedOn}", which judges the run, got ${among(finals)}`)
  }
  if (judgedBy !== undefined && !Object.hasOwn(metrics, judgedBy)) {
    failAt(source, `metrics: expected "${judgedBy}", which judges the run, got ${among(metrics)}`)
  }
}

/**
 * The record in a parsed document; `source` is what messages call it.
 * @throws InputError when it is not a record, a field of it is wrong, or a module that it needs is not there.
 */
export function readRecord(document: unknown, source: string, registry: Registry = builtins): RunRecord {
  const schema = isObject(document) ? document['schema'] : undefined
  const value = schema === EARLIER_RECORD ? upgradeRecord(document) : document
  if (!isObject(value) || value['schema'] !== RECORD_SCHEMA) {
    return failAt(source, `expected a record of the schema "${RECORD_SCHEMA}", got ${JSON.stringify(schema) ?? 'none'}`)
  }
  const parsed = recordSchema.safeParse(value)
  if (!parsed.success) {
    const [problem] = problemsOf(parsed.error, value)
    if (problem === undefined) return failAt(source, 'not of the form of a record')
    return failAt(source, problemText(problem))
  }
  requireModules(parsed.data.modules, registry, source)
  const record = { ...parsed.data, experiment: parseArmSpec(value['experiment'], registry, `${source}: experiment`) }
  requireJudged(record, source)
  requireConsistent(record, source)
  return record
}

/** The record in a text. @throws InputError as `readRecord`, and when it is not JSON. */
export function parseRecord(json: string, source = 'record', registry: Registry = builtins): RunRecord {
  let value: unknown
  try {
    value = parseExactly(json)
  } catch (cause) {
    failAt(source, 'expected a record in JSON, got something else', cause)
  }
  return readRecord(value, source, registry)
}
