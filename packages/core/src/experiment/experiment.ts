/**
 * From a document to the arms that will be trained: arms are applied, overrides taken in, defaults filled, everything
 * checked. What comes out is complete data; nothing after this file asks whether a field is there.
 */
import { InputError } from '../errors.js'
import { didYouMean } from '../nearest.js'
import { builtins } from '../registry/builtins.js'
import type { Registry } from '../registry/registry.js'
import { recordOf } from '../registry/settings.js'
import { defaultLoss, usualMetrics } from '../task/task.js'
import type { ArmSpec } from './arm.js'
import { renameEarlierFields } from './earlier-forms.js'
import { isObject, mergePatch } from './merge-patch.js'
import { oddKeys } from './odd-keys.js'
import { contradictions } from './contradictions.js'
import { fieldHints } from './field-hints.js'
import { parseLarge } from './issues.js'
import { translate, type Translated } from './habits.js'
import { ExperimentError, formatPath, type Locators, type Problem, problemsOf, problemText } from './problems.js'
import { armSchema, armsSchema, type WrittenArm } from './schema.js'

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
  readonly locate?: Locators['locate']
  /** Text for a line of its own below a problem: file, line and column of its field. */
  readonly point?: Locators['point']
}

/** Name of the only arm of an experiment that lists none. */
const ONLY_ARM = 'default'

/** Loss and metrics where they are left out: those that follow from the task. */
function judging(written: Partial<Pick<ArmSpec, 'loss' | 'metrics'>> & Pick<ArmSpec, 'task'>, registry: Registry) {
  const { targetType } = recordOf(registry.tasks, written.task, 'task')
  return {
    loss: written.loss ?? defaultLoss(registry, targetType),
    metrics: written.metrics ?? usualMetrics(registry, targetType),
  }
}

/** The arm with what follows from its task, its fields in the order in which they come back when it is read again. */
function completed({ heads, ...written }: WrittenArm, registry: Registry): ArmSpec {
  const others = Object.entries(heads ?? {}).map(([head, spec]) => [head, { ...spec, ...judging(spec, registry) }])
  const arm: ArmSpec = {
    ...written,
    ...judging(written, registry),
    ...(heads && { heads: Object.fromEntries(others) as NonNullable<ArmSpec['heads']> }),
  }
  const { fields } = armSchema(registry)
  const entries = Object.entries(arm).toSorted(([a], [b]) => fields.indexOf(a) - fields.indexOf(b))
  return Object.fromEntries(entries) as unknown as ArmSpec
}

/** @throws ExperimentError */
function refuse({ source, locate, point }: ParseOptions, problems: readonly Problem[]): never {
  throw new ExperimentError(source ?? 'the document', problems, { locate, point })
}

type Document = Readonly<Record<string, unknown>>

/** An arm, or all that is wrong with it. */
type ParsedArm = { readonly arm: ArmSpec } | { readonly problems: readonly Problem[] }

function parseArm(document: Readonly<Record<string, unknown>>, registry: Registry): ParsedArm {
  const parsed = parseLarge(armSchema(registry).arm, document)
  if (!parsed.success) return { problems: problemsOf(parsed, document, fieldHints(registry, document)) }
  const arm = completed(parsed.data, registry)
  const problems = contradictions(arm, registry)
  return problems.length === 0 ? { arm } : { problems }
}

type Patches = Readonly<Record<string, Readonly<Record<string, unknown>>>>

/** A problem of the field of arms. */
function inArms({ path, ...problem }: Problem): Problem {
  return { ...problem, path: ['arms', ...path] }
}

function parseArms(value: unknown, options: ParseOptions): Patches {
  if (value === undefined) return { [ONLY_ARM]: {} }
  const parsed = armsSchema.safeParse(value)
  if (!parsed.success && !isObject(value)) {
    const [{ got } = { got: '' }] = problemsOf(parsed.error, value)
    refuse(options, [inArms({ path: [], expected: 'an object of arms by name', got })])
  }
  if (!parsed.success) refuse(options, problemsOf(parsed.error, value).map(inArms))
  const names = isObject(value) ? Object.keys(value) : []
  // The library passes over the one key that assigning would not make a property.
  const odd = names.filter((name) => !Object.hasOwn(parsed.data ?? {}, name))
  if (odd.length > 0) {
    const expected = 'another name of an arm'
    refuse(
      options,
      odd.map((name) => inArms({ path: [name], expected, got: `"${name}"` })),
    )
  }
  if (names.length === 0)
    refuse(options, [inArms({ path: [], expected: 'at least one arm, or no such field', got: '{}' })])
  // As they were given: what the library hands on lacks that key at every depth.
  return value as Patches
}

/** Keys of a path that a document has. */
function depthIn(document: unknown, path: Problem['path']): number {
  let [value, depth] = [document, 0]
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return depth
    value = (value as Record<string | number, unknown>)[key]
    depth++
  }
  return depth
}

/** The rest of an experiment beside its arms, in the words of this format. */
interface Base {
  readonly registry: Registry
  readonly written: Readonly<Record<string, unknown>>
  readonly translated: Translated<Record<string, unknown>>
  /** Overrides of all arms. */
  readonly overrides: Document
}

/** An arm as it is written. */
interface WrittenPatch {
  readonly name: string
  readonly patch: Document
  /** Overrides of this arm alone. */
  readonly own: Document
}

/** A document with overrides on it, one after the other. */
function withOverrides({ registry, translated }: Base, document: unknown, overrides: readonly Document[]): Document {
  return overrides.reduce<Document>(
    (below, patch) => mergePatch(below, translate(registry, patch, below, translated).document) as Document,
    document as Document,
  )
}

/** A problem of an arm, at its field as it was written: in the arm, or in what the arm inherits. */
function armProblem(
  base: Base,
  name: string,
  patch: unknown,
  written: Translated['written'],
  problem: Problem,
): Problem {
  const isSet = depthIn(base.overrides, problem.path) === problem.path.length
  if (isSet && depthIn(patch, problem.path) > 0) {
    const cure = `to set it in one arm, arms.NAME.${formatPath([...problem.path])}`
    return {
      ...problem,
      got: `${problem.got}, in the arm "${name}", which has its own ${String(problem.path[0])}; ${cure}`,
    }
  }
  const inArm = written(problem.path) ?? problem.path
  const inherited = base.translated.written(problem.path) ?? problem.path
  const [own, below] = [depthIn(patch, inArm), depthIn(base.written, inherited)]
  if (below <= own) return { ...problem, path: ['arms', name, ...inArm] }
  const got = `${problem.got}, which the arm inherits from "${formatPath(inherited.slice(0, below))}"`
  return { ...problem, path: ['arms', name, ...inherited], at: inherited, got }
}

/** @param shared problems that the rest of the experiment has by itself: they are told once, and not of each arm. */
function parsePatch(base: Base, { name, patch, own }: WrittenPatch, shared: readonly Problem[]): ParsedArm {
  const { document, written } = translate(base.registry, patch, base.translated.document, base.translated)
  const changed = mergePatch(base.translated.document, document)
  const parsed = parseArm(withOverrides(base, changed, [base.overrides, own]), base.registry)
  if ('arm' in parsed) return parsed
  const told = new Set(shared.map((problem) => problemText(problem)))
  const fresh = parsed.problems.filter((problem) => !told.has(problemText(problem)))
  return { problems: fresh.map((problem) => armProblem(base, name, patch, written, problem)) }
}

/** The arms of an experiment. @throws ExperimentError with what is wrong in the rest of it and in every arm. */
function armsOf(base: Base, patches: readonly WrittenPatch[], options: ParseOptions): Record<string, ArmSpec> {
  const whole = parseArm(withOverrides(base, base.translated.document, [base.overrides]), base.registry)
  const shared = 'problems' in whole ? whole.problems : []
  const parsed = patches.map((patch) => [patch.name, parsePatch(base, patch, shared)] as const)
  const problems = [
    ...shared.map((each) => ({ ...each, path: base.translated.written(each.path) ?? each.path })),
    ...parsed.flatMap(([, each]) => ('problems' in each ? each.problems : [])),
  ]
  if (problems.length > 0) refuse(options, problems)
  return Object.fromEntries(parsed.flatMap(([name, each]) => ('arm' in each ? [[name, each.arm]] : [])))
}

/** Overrides of single arms. @throws ExperimentError for an arm that is not there. */
function overridesByArm(given: unknown, names: readonly string[], options: ParseOptions): Record<string, Document> {
  const own = isObject(given) ? given : {}
  const unknown = Object.keys(own).filter((name) => !names.includes(name))
  const expected = `one of the arms (${names.join(', ')})`
  const hint = (name: string): string => didYouMean(name, names).replace(/^\. /, '; ')
  const found = unknown.map((name) => ({ path: ['arms', name], expected, got: `"${name}"${hint(name)}` }))
  if (found.length > 0) refuse(options, found)
  const patches = Object.entries(own).flatMap(([name, patch]) =>
    isObject(patch) ? [[name, renameEarlierFields(patch, true)]] : [],
  )
  return Object.fromEntries(patches) as Record<string, Document>
}

/** Reads an experiment from plain data. @throws ExperimentError listing every field that is wrong. */
export function parseExperiment(given: unknown, options: ParseOptions = {}): Experiment {
  const { registry = builtins, locate } = options
  const document = renameEarlierFields(given)
  if (!isObject(document)) {
    const got = Array.isArray(document) ? 'a list' : document === null ? 'nothing' : typeof document
    refuse(options, [{ path: [], expected: 'an object', got }])
  }
  const odd = oddKeys(document)
  if (odd.length > 0) refuse(options, odd)
  const { arms: armsField, ...written } = document
  const { arms: ownOverrides = {}, ...shared } = options.overrides ?? {}
  const overrides = renameEarlierFields(shared, true)
  const base = { registry, written, translated: translate(registry, written), overrides }
  const patches = parseArms(armsField, options)
  const own = overridesByArm(ownOverrides, Object.keys(patches), options)
  const each = Object.entries(patches).map(([name, patch]) => ({ name, patch, own: ownOf(own, name) }))
  const arms = armsOf(base, each, options)
  const { name, description } = written
  return {
    name: String(name),
    description: typeof description === 'string' ? description : '',
    arms,
    registry,
    ...(locate && { locate: (arm, path) => locate(isPatched(patches[arm], path) ? ['arms', arm, ...path] : path) }),
  }
}

/** The entry of a name; a name such as `constructor` must not find what every object has. */
function ownOf(entries: Readonly<Record<string, Document>>, name: string): Document {
  return (Object.hasOwn(entries, name) ? entries[name] : undefined) ?? {}
}

/** True where an arm says itself what stands at a path. */
function isPatched(patch: unknown, [field]: Problem['path']): boolean {
  return isObject(patch) && field !== undefined && Object.hasOwn(patch, field)
}

/** One arm as a record or a checkpoint keeps it, complete. @throws ExperimentError */
export function parseArmSpec(document: unknown, registry: Registry, source: string): ArmSpec {
  const written = renameEarlierFields(document)
  if (!isObject(written)) refuse({ source }, [{ path: [], expected: 'an object', got: typeof written }])
  const parsed = parseArm(written, registry)
  return 'arm' in parsed ? parsed.arm : refuse({ source }, parsed.problems)
}

/** The experiment with only the named arms, in the order asked for. @throws InputError naming the nearest. */
export function selectArms(experiment: Experiment, wanted: readonly string[]): Experiment {
  const available = Object.keys(experiment.arms)
  const chosen = wanted.map((name): [string, ArmSpec] => {
    const arm = Object.hasOwn(experiment.arms, name) ? experiment.arms[name] : undefined
    if (arm !== undefined) return [name, arm]
    throw new InputError(
      'core',
      `unknown arm "${name}" of ${experiment.name}${didYouMean(name, available)} It has: ${available.join(', ')}`,
    )
  })
  return { ...experiment, arms: Object.fromEntries(chosen) }
}
