/**
 * From a document to the arms that will be trained: arms are applied, overrides taken in, defaults filled, everything
 * checked. What comes out is complete data; nothing after this file asks whether a field is there.
 */
import { InputError } from '../errors.js'
import { didYouMean } from '../nearest.js'
import { needsClosure } from '../train/optimizers/index.js'
import { isObject, mergePatch } from './merge-patch.js'
import { ExperimentError, type Problem, problemsOf } from './problems.js'
import { armSchema, type ArmSpec, armsSchema } from './schema.js'

/** An experiment: one or more arms, complete. */
export interface Experiment {
  readonly name: string
  readonly description: string
  readonly arms: Readonly<Record<string, ArmSpec>>
}

/** How a document is read. */
export interface ParseOptions {
  /** What to call the document in messages: a file's path or a preset's name. */
  readonly source?: string
  /** A merge patch on every arm, from the command line. */
  readonly overrides?: Readonly<Record<string, unknown>>
  /** Text to put behind a field's path, such as its line. */
  readonly locate?: (path: Problem['path']) => string
}

/** Name of the only arm of an experiment that lists none. */
export const ONLY_ARM = 'default'

const topFields = [...Object.keys(armSchema.def.shape), 'arms']

function knownFields(path: Problem['path']): readonly string[] {
  if (path.length === 0) return topFields
  const field = armSchema.def.shape[path[0] as keyof typeof armSchema.def.shape]
  const inner = field !== undefined && 'innerType' in field.def ? field.def.innerType : field
  const shape: unknown = inner !== undefined && 'shape' in inner.def ? inner.def.shape : undefined
  return isObject(shape) ? Object.keys(shape) : []
}

/** What no single field shows: settings that contradict each other. */
function contradictions({ optimizer, clipping }: ArmSpec): Problem[] {
  if (clipping === undefined || !needsClosure(optimizer)) return []
  const expected = `no such field: the optimizer "${optimizer.type}" searches along exact gradients`
  return [{ path: ['clipping'], expected, got: `"${clipping.type}"` }]
}

function parseArm(document: unknown, options: ParseOptions, prefix: Problem['path']): ArmSpec {
  const parsed = armSchema.safeParse(document)
  const found = parsed.success ? contradictions(parsed.data) : problemsOf(parsed.error, document, knownFields)
  if (parsed.success && found.length === 0) return parsed.data
  const problems = found.map((problem) => ({ ...problem, path: [...prefix, ...problem.path] }))
  throw new ExperimentError(options.source ?? 'the document', problems, options.locate)
}

function parseArms(value: unknown, options: ParseOptions): Readonly<Record<string, unknown>> {
  const parsed = armsSchema.safeParse(value)
  if (!parsed.success) {
    const problems = problemsOf(parsed.error, value, () => []).map(({ path, ...rest }) => ({
      ...rest,
      path: ['arms', ...path],
    }))
    throw new ExperimentError(options.source ?? 'the document', problems, options.locate)
  }
  const arms = parsed.data ?? { [ONLY_ARM]: {} }
  if (Object.keys(arms).length === 0) {
    const problem = { path: ['arms'], expected: 'at least one arm, or no such field', got: '{}' }
    throw new ExperimentError(options.source ?? 'the document', [problem], options.locate)
  }
  return arms
}

/** Reads an experiment from plain data. @throws ExperimentError listing every field that is wrong. */
export function parseExperiment(document: unknown, options: ParseOptions = {}): Experiment {
  if (!isObject(document)) {
    const got = Array.isArray(document) ? 'a list' : document === null ? 'nothing' : typeof document
    throw new ExperimentError(
      options.source ?? 'the document',
      [{ path: [], expected: 'an object', got }],
      options.locate,
    )
  }
  const { arms: armsField, ...base } = document
  // The base alone must be right too: otherwise one fault would be reported once for each arm.
  parseArm(mergePatch(base, options.overrides ?? {}), options, [])
  const arms = Object.entries(parseArms(armsField, options)).map(([name, patch]): [string, ArmSpec] => [
    name,
    parseArm(mergePatch(mergePatch(base, patch), options.overrides ?? {}), options, ['arms', name]),
  ])
  const { name, description } = base
  return {
    name: String(name),
    description: typeof description === 'string' ? description : '',
    arms: Object.fromEntries(arms),
  }
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
