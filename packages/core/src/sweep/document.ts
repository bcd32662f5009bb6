/**
 * The file of a sweep: an experiment, and which of its fields take which values. It is read here as far as it can be
 * without the experiment; whether a path is a field, and a value fits it, the experiment's own reader tells.
 */
import * as z from 'zod/mini'
import { InputError } from '../errors.js'
import { oddKeys } from '../experiment/odd-keys.js'
import { isObject } from '../experiment/merge-patch.js'
import { hintAmong, type Locators, parsePath, type Problem, problemLines, problemsOf } from '../experiment/problems.js'
import { nearest } from '../nearest.js'
import { type DistributionName, distributionNames, distributions } from './distributions.js'

/** Values by path of a field: `optimizer.learningRate`. */
export type Settings = Readonly<Record<string, unknown>>

/** A path of a random search. */
export interface Draw {
  readonly path: string
  /** The value at u, uniform on [0, 1). */
  readonly at: (u: number) => unknown
  /** Values of paths that the others of a trial must have for it to have this one. */
  readonly when: Readonly<Record<string, readonly unknown[]>>
}

/** A sweep as its file says it. */
export interface Sweep {
  /** Name of a preset, path of a file, or the document of an experiment. */
  readonly experiment: string | Readonly<Record<string, unknown>>
  /** Settings of all trials. */
  readonly set: Settings
  /** Settings that are listed; one that is empty where none are. */
  readonly list: readonly Settings[]
  readonly grid: readonly { readonly path: string; readonly values: readonly unknown[] }[]
  /** Settings are drawn `count` times; each draw is trained with every arm, seed and backend. */
  readonly random: { readonly count: number; readonly seed: number; readonly draws: readonly Draw[] }
  /** Undefined: those that differ. */
  readonly arms: readonly string[] | undefined
  /** Undefined: the experiment's own. */
  readonly seeds: readonly number[] | undefined
  readonly backends: readonly string[]
  /** Ends trials early that are worse than others; undefined: none. */
  readonly stop: Halving | undefined
}

/**
 * Successive halving: all are trained for a few epochs, the best part of them for more, and so on.
 * @see Jamieson and Talwalkar, "Non-stochastic best arm identification and hyperparameter optimization", AISTATS (2016)
 */
export interface Halving {
  /** Epochs of the first rung. */
  readonly first: number
  /** Each rung keeps one of so many, and trains so many times as long. */
  readonly factor: number
}

/** Options of reading the file of a sweep. */
export interface SweepOptions extends Locators {
  /** Its name in messages. */
  readonly source: string
}

const MOST_SEEDS = 1000

const count = z.int().check(z.gte(1))
const seed = z.int().check(z.gte(0))
const names = z.array(z.string().check(z.minLength(1))).check(z.minLength(1))
const settings = z.record(z.string(), z.unknown())
const values = z.array(z.unknown()).check(z.minLength(1))
const absent = z.exactOptional

const sweepSchema = z.strictObject({
  experiment: z.union([z.string().check(z.minLength(1)), settings]),
  description: absent(z.string()),
  set: absent(settings),
  list: absent(z.array(settings).check(z.minLength(1))),
  grid: absent(z.record(z.string(), values)),
  random: absent(z.looseObject({ draws: count, seed: absent(seed) })),
  arms: absent(names),
  seeds: absent(z.union([count.check(z.lte(MOST_SEEDS)), z.array(seed).check(z.minLength(1))])),
  backends: absent(names),
  stop: absent(
    z.strictObject({
      rule: z.literal('halving'),
      first: z._default(count, 1),
      factor: z._default(z.int().check(z.gte(2)), 3),
    }),
  ),
})

type Written = z.output<typeof sweepSchema>

const conditionsSchema = z.record(z.string(), z.unknown())

/** Reads one path of a random search; what is wrong goes to `problems`. */
function drawOf(path: string, written: unknown, problems: Problem[]): Draw | undefined {
  const at = ['random', path]
  const expected = `one of ${distributionNames.join(', ')}, with its settings`
  if (!isObject(written)) {
    problems.push({ path: at, expected: `an object with ${expected}`, got: JSON.stringify(written) })
    return undefined
  }
  const { when = {}, ...rest } = written
  const [name = '', ...others] = Object.keys(rest)
  if (others.length > 0 || !Object.hasOwn(distributions, name)) {
    const hint = others.length > 0 ? '' : hintAmong(distributionNames)(name, at)
    problems.push({ path: at, expected, got: `${JSON.stringify([name, ...others].join(', '))}${hint}` })
    return undefined
  }
  const { settings: schema, at: valueAt } = distributions[name as DistributionName]
  const parsed = z.safeParse(schema as z.ZodMiniType<never>, rest[name])
  const conditions = conditionsSchema.safeParse(when)
  const within = (below: string) => (problem: Problem) => ({ ...problem, path: [...at, below, ...problem.path] })
  if (!parsed.success) problems.push(...problemsOf(parsed.error, rest[name]).map(within(name)))
  if (!conditions.success) problems.push(...problemsOf(conditions.error, when).map(within('when')))
  if (!parsed.success || !conditions.success) return undefined
  const entries = Object.entries(conditions.data).map(([key, value]) => [key, Array.isArray(value) ? value : [value]])
  return { path, at: (u) => valueAt(parsed.data, u), when: Object.fromEntries(entries) }
}

/** Paths of a sweep, in the order of a trial's settings, with the place in the file that says them. */
function pathsOf({ list = [], grid = {}, random = { draws: 1 } }: Written): { path: string; at: Problem['path'] }[] {
  const { draws: _, seed: __, ...drawn } = random
  const listed = new Map(list.flatMap((each, i) => Object.keys(each).map((path) => [path, i] as const)))
  return [
    ...[...listed].map(([path, i]) => ({ path, at: ['list', i, path] })),
    ...Object.keys(grid).map((path) => ({ path, at: ['grid', path] })),
    ...Object.keys(drawn).map((path) => ({ path, at: ['random', path] })),
  ]
}

/** A path of no key is none, nor is one of a key that every object answers to. */
function nameless(path: string, at: Problem['path']): Problem[] {
  const keys = parsePath(path)
  if (keys.length > 0 && !keys.includes('__proto__')) return []
  return [{ path: at, expected: 'the path of a field', got: JSON.stringify(path) }]
}

/** Values by what they say, none twice: the same training would count as two seeds. */
function different<T>(all: readonly T[]): T[] {
  return [...new Map(all.map((value) => [JSON.stringify(value), value])).values()]
}

function pathProblems(written: Written): Problem[] {
  const seen = new Set<string>()
  const ofSet = Object.keys(written.set ?? {}).flatMap((path) => nameless(path, ['set', path]))
  const others = pathsOf(written).flatMap(({ path, at }): Problem[] => {
    const isSecond = seen.has(path)
    seen.add(path)
    const keys = parsePath(path)
    if (isSecond) return [{ path: at, expected: 'every path in one of list, grid and random', got: 'it a second time' }]
    if (written.stop !== undefined && keys[0] === 'epochs') {
      return [{ path: at, expected: 'the same epochs for all, which "stop" divides', got: `"${path}"` }]
    }
    if (keys[0] === 'seed') return [{ path: at, expected: 'seeds under "seeds"', got: `"${path}"` }]
    if (keys[0] === 'arms') return [{ path: at, expected: 'a field of the experiment', got: `"${path}"` }]
    return nameless(path, at)
  })
  return [...ofSet, ...others]
}

/** Conditions may name what is settled before them. */
function conditionProblems(written: Written, draws: readonly Draw[]): Problem[] {
  const { set = {} } = written
  const all = [...Object.keys(set), ...pathsOf(written).map(({ path }) => path)]
  return draws.flatMap(({ path, when }) => {
    const known = all.slice(0, all.indexOf(path))
    return Object.keys(when).flatMap((key): Problem[] => {
      if (known.includes(key)) return []
      const near = nearest(key, known)
      const hint = near === undefined ? '' : `; did you mean "${near}"?`
      const expected = 'a path of set, list or grid, or one drawn before this one'
      return [{ path: ['random', path, 'when', key], expected, got: `"${key}"${hint}` }]
    })
  })
}

/** Reads the file of a sweep. @throws InputError listing every field that is wrong. */
export function parseSweep(document: unknown, { source, ...locators }: SweepOptions): Sweep {
  const refuse = (problems: readonly Problem[]): never => {
    throw new InputError('core', `${source} is not a valid sweep:\n${problemLines(problems, locators).join('\n')}`)
  }
  const odd = isObject(document) ? oddKeys(document) : []
  if (odd.length > 0) refuse(odd)
  const parsed = z.safeParse(sweepSchema, document)
  if (!parsed.success) return refuse(problemsOf(parsed.error, document, hintAmong(Object.keys(sweepSchema.shape))))
  const written = parsed.data
  const {
    experiment,
    set = {},
    list = [{}],
    grid = {},
    random = { draws: 1 },
    seeds,
    arms,
    backends = ['wasm'],
  } = written
  const { draws: times, seed: drawn = 0, ...searched } = random
  const problems = pathProblems(written)
  const draws = Object.entries(searched).flatMap(([path, each]) => drawOf(path, each, problems) ?? [])
  problems.push(...conditionProblems(written, draws))
  if (problems.length > 0) refuse(problems)
  return {
    experiment,
    set,
    list: different(list),
    grid: Object.entries(grid).map(([path, each]) => ({ path, values: different(each) })),
    random: { count: times, seed: drawn, draws },
    arms,
    seeds: typeof seeds === 'number' ? [...Array(seeds).keys()] : seeds && [...new Set(seeds)],
    backends: [...new Set(backends)],
    stop: written.stop,
  }
}
