/**
 * From a document to the arms that will be trained: arms are applied, overrides taken in, defaults filled, everything
 * checked. What comes out is complete data; nothing after this file asks whether a field is there.
 */
import { InputError } from '../errors.js'
import { didYouMean } from '../nearest.js'
import { averagingOf } from '../optimize/averaging.js'
import { optimizerOf, type OptimizerRecord } from '../optimize/optimizers/optimizer.js'
import { builtins } from '../registry/builtins.js'
import type { Registry } from '../registry/registry.js'
import { recordOf, type Spec, type Table } from '../registry/settings.js'
import type { TargetType } from '../task/target.js'
import { defaultLoss, metricKey, usualMetrics } from '../task/task.js'
import type { ArmSpec, DataSpec } from './arm.js'
import { renameEarlierFields } from './earlier-forms.js'
import { isObject, mergePatch } from './merge-patch.js'
import { ExperimentError, type Problem, problemsOf } from './problems.js'
import { fieldsAt } from './schema-walk.js'
import { armSchema, armsSchema, type WrittenArm } from './schema.js'
import { updateProblems } from './update-problems.js'

/** An experiment: one or more arms, complete, and the registry that its names are of. */
export interface Experiment {
  readonly name: string
  readonly description: string
  readonly arms: Readonly<Record<string, ArmSpec>>
  readonly registry: Registry
  /** Text to put behind the path of a field of an arm, such as its line in the file. */
  readonly locate?: (arm: string, path: Problem['path']) => string
  /** The directory that paths of its data are relative to; absent: the working directory. */
  readonly directory?: string
}

/** Options of reading a document. */
export interface ParseOptions {
  /** The records that it may name; `builtins` unless given. */
  readonly registry?: Registry
  /** The document's name in messages: a file's path or a preset's name. */
  readonly source?: string
  /** A merge patch on every arm, from the command line; in its `arms`, patches on single ones. */
  readonly overrides?: Readonly<Record<string, unknown>>
  /** Text to put behind a field's path, such as its line. */
  readonly locate?: (path: Problem['path']) => string
}

/** Name of the only arm of an experiment that lists none. */
export const ONLY_ARM = 'default'

function knownFields(registry: Registry, document: unknown) {
  const { arm } = armSchema(registry)
  return (path: Problem['path']): readonly string[] => {
    const fields = fieldsAt(arm, path, document)
    return path.length === 0 ? [...fields, 'arms'] : fields
  }
}

/** Losses or metrics that do not suit the task's target. */
function unsuited(
  table: Table<{ readonly suits: readonly TargetType[] }>,
  specs: readonly { readonly path: Problem['path']; readonly spec: Spec }[],
  type: TargetType,
  task: string,
): Problem[] {
  const suitable = Object.keys(table).filter((name) => table[name]?.suits.includes(type))
  const odd = specs.filter(({ spec }) => !suitable.includes(spec.type))
  const expected = `one that suits the task "${task}" (${suitable.join(', ') || 'there is none'})`
  return odd.map(({ path, spec }) => ({ path, expected, got: `"${spec.type}"` }))
}

/** Metrics that would stand under one key in records. */
function repeatedMetrics(keys: readonly string[]): Problem[] {
  return keys.flatMap((key, i) =>
    keys.indexOf(key) === i ? [] : [{ path: ['metrics', i], expected: 'every metric once', got: `"${key}" again` }],
  )
}

/** Evaluation tables by the name of one that training is made of. */
function takenTables(tables: DataSpec['tables'] = {}): Problem[] {
  const taken = ['train', 'validation'].filter((name) => Object.hasOwn(tables, name))
  const expected = 'another name: training has a table of this one'
  return taken.map((name) => ({ path: ['data', 'tables', name], expected, got: `"${name}"` }))
}

/** Data of the user's own without a path, or fields of theirs beside a data set that has none. */
function misplacedData({ data }: ArmSpec, registry: Registry): Problem[] {
  const record = Object.hasOwn(registry.data, data.dataset) ? registry.data[data.dataset] : undefined
  if (record?.from === 'files') {
    return data.path === undefined ? [{ path: ['data'], expected: '"path" or "dataset"', got: 'neither' }] : []
  }
  const expected = `no such field: the data set "${data.dataset}" is no file of your own`
  return (['path', 'format', 'fields', 'split', 'target'] as const).flatMap((field) =>
    data[field] === undefined ? [] : [{ path: ['data', field], expected, got: JSON.stringify(data[field]) }],
  )
}

/** A goal that every run reaches, or none. */
function idleGoals({ goal }: ArmSpec): Problem[] {
  if (goal === undefined) return []
  const { atLeast, atMost } = goal
  if (atLeast === undefined && atMost === undefined) {
    return [{ path: ['goal'], expected: '"atLeast" or "atMost"', got: 'neither' }]
  }
  if (atLeast === undefined || atMost === undefined || atLeast <= atMost) return []
  return [{ path: ['goal', 'atLeast'], expected: `at most "atMost", ${atMost}`, got: String(atLeast) }]
}

/** An average that the optimizer cannot have. */
function misplacedAverage({ averaging, optimizer }: ArmSpec, record: OptimizerRecord): Problem[] {
  if (averaging === undefined) return []
  const got = `"${averaging.type}"`
  if (record.runs === 'host') {
    const expected = `no such field: the optimizer "${optimizer.type}" updates on the host`
    return [{ path: ['averaging'], expected, got }]
  }
  if (averagingOf(averaging).share !== undefined || record.average !== undefined) return []
  const expected = `another type: the optimizer "${optimizer.type}" keeps no average`
  return [{ path: ['averaging', 'type'], expected, got }]
}

/** A rule for weights where there are none. */
function idleMean({ classWeights, weightedMean, task }: ArmSpec): Problem[] {
  if (weightedMean === undefined || classWeights !== undefined || task['weights'] !== undefined) return []
  const expected = 'no such field without "classWeights" or "weights" of the task'
  return [{ path: ['weightedMean'], expected, got: `"${weightedMean}"` }]
}

/** Problems that no single field shows: settings that contradict each other. */
function contradictions(arm: ArmSpec, registry: Registry): Problem[] {
  const { clipping, loss, metrics, optimizer, judgedBy, task } = arm
  const { targetType } = recordOf(registry.tasks, task, 'task')
  const keys = metrics.map(metricKey)
  const isExact = optimizerOf(registry.optimizers, optimizer).runs === 'host'
  return [
    ...unsuited(registry.losses, [{ path: ['loss'], spec: loss }], targetType, task.type),
    ...unsuited(
      registry.metrics,
      metrics.map((spec, i) => ({ path: ['metrics', i], spec })),
      targetType,
      task.type,
    ),
    ...repeatedMetrics(keys),
    ...takenTables(arm.data.tables),
    ...misplacedData(arm, registry),
    ...idleGoals(arm),
    ...misplacedAverage(arm, optimizerOf(registry.optimizers, optimizer)),
    ...idleMean(arm),
    ...updateProblems(arm, registry),
    ...(judgedBy === undefined || keys.includes(judgedBy)
      ? []
      : [{ path: ['judgedBy'], expected: keys.map((key) => `"${key}"`).join(' or '), got: `"${judgedBy}"` }]),
    ...(clipping !== undefined && isExact
      ? [
          {
            path: ['clipping'],
            expected: `no such field: the optimizer "${optimizer.type}" searches along exact gradients`,
            got: `"${clipping.type}"`,
          },
        ]
      : []),
  ]
}

/** The arm with what follows from its task, its fields in the order in which they come back when it is read again. */
function completed(written: WrittenArm, registry: Registry): ArmSpec {
  const { targetType } = recordOf(registry.tasks, written.task, 'task')
  const arm: ArmSpec = {
    ...written,
    loss: written.loss ?? defaultLoss(registry, targetType),
    metrics: written.metrics ?? usualMetrics(registry, targetType),
  }
  const { fields } = armSchema(registry)
  const entries = Object.entries(arm).toSorted(([a], [b]) => fields.indexOf(a) - fields.indexOf(b))
  return Object.fromEntries(entries) as unknown as ArmSpec
}

/** @throws ExperimentError with problems of the part of a document that is at `prefix`. */
function refuse({ source, locate }: ParseOptions, found: readonly Problem[], prefix: Problem['path'] = []): never {
  const problems = found.map((problem) => ({ ...problem, path: [...prefix, ...problem.path] }))
  throw new ExperimentError(source ?? 'the document', problems, locate)
}

function parseArm(document: unknown, registry: Registry, options: ParseOptions, prefix: Problem['path']): ArmSpec {
  const parsed = armSchema(registry).arm.safeParse(document)
  if (!parsed.success) refuse(options, problemsOf(parsed.error, document, knownFields(registry, document)), prefix)
  const arm = completed(parsed.data, registry)
  const found = contradictions(arm, registry)
  return found.length === 0 ? arm : refuse(options, found, prefix)
}

function parseArms(value: unknown, options: ParseOptions): Readonly<Record<string, unknown>> {
  const parsed = armsSchema.safeParse(value)
  if (!parsed.success) {
    const problems = problemsOf(parsed.error, value, () => [])
    refuse(options, problems, ['arms'])
  }
  const arms = parsed.data ?? { [ONLY_ARM]: {} }
  if (Object.keys(arms).length === 0) {
    refuse(options, [{ path: ['arms'], expected: 'at least one arm, or no such field', got: '{}' }])
  }
  return arms
}

/** Overrides of single arms. @throws ExperimentError for an arm that is not there. */
function overridesByArm(given: unknown, names: readonly string[], options: ParseOptions): Record<string, unknown> {
  const own = isObject(given) ? given : {}
  const unknown = Object.keys(own).filter((name) => !names.includes(name))
  const expected = `one of the arms (${names.join(', ')})`
  const hint = (name: string): string => didYouMean(name, names).replace(/^\. /, '; ')
  const found = unknown.map((name) => ({ path: ['arms', name], expected, got: `"${name}"${hint(name)}` }))
  if (found.length > 0) refuse(options, found)
  return Object.fromEntries(Object.entries(own).map(([name, patch]) => [name, renameEarlierFields(patch, true)]))
}

/** Reads an experiment from plain data. @throws ExperimentError listing every field that is wrong. */
export function parseExperiment(given: unknown, options: ParseOptions = {}): Experiment {
  const { registry = builtins } = options
  const document = renameEarlierFields(given)
  if (!isObject(document)) {
    const got = Array.isArray(document) ? 'a list' : document === null ? 'nothing' : typeof document
    refuse(options, [{ path: [], expected: 'an object', got }])
  }
  const { arms: armsField, ...base } = document
  const { arms: ownOverrides = {}, ...shared } = options.overrides ?? {}
  const overrides = renameEarlierFields(shared, true)
  // The base alone must be right too: otherwise one fault would be reported once for each arm.
  parseArm(mergePatch(base, overrides), registry, options, [])
  const patches = parseArms(armsField, options)
  const own = overridesByArm(ownOverrides, Object.keys(patches), options)
  const arms = Object.entries(patches).map(([name, patch]): [string, ArmSpec] => {
    const changed = mergePatch(mergePatch(mergePatch(base, patch), overrides), own[name] ?? {})
    return [name, parseArm(changed, registry, options, ['arms', name])]
  })
  const { name, description } = base
  const { locate } = options
  return {
    name: String(name),
    description: typeof description === 'string' ? description : '',
    arms: Object.fromEntries(arms),
    registry,
    ...(locate && { locate: (arm, path) => locate(isPatched(patches[arm], path) ? ['arms', arm, ...path] : path) }),
  }
}

/** True where an arm says itself what stands at a path. */
function isPatched(patch: unknown, [field]: Problem['path']): boolean {
  return isObject(patch) && field !== undefined && Object.hasOwn(patch, field)
}

/** One arm as a record or a checkpoint keeps it, complete. @throws ExperimentError */
export function parseArmSpec(document: unknown, registry: Registry, source: string): ArmSpec {
  return parseArm(renameEarlierFields(document), registry, { source }, [])
}

/** The experiment with only the named arms, in the order asked for. @throws InputError naming the nearest. */
export function selectArms(experiment: Experiment, wanted: readonly string[]): Experiment {
  const available = Object.keys(experiment.arms)
  const chosen = wanted.map((name): [string, ArmSpec] => {
    const arm = experiment.arms[name]
    if (arm !== undefined) return [name, arm]
    throw new InputError(
      'core',
      `unknown arm "${name}" of ${experiment.name}${didYouMean(name, available)} It has: ${available.join(', ')}`,
    )
  })
  return { ...experiment, arms: Object.fromEntries(chosen) }
}
