/**
 * The trials of a sweep, in order, each a function of its file alone: the product of what is listed, of the grid and of the
 * draws of a random search, and of arms, seeds and backends. None is made before it is asked for.
 */
import { InputError } from '../errors.js'
import { patchOfValues } from '../experiment/assignments.js'
import { type Experiment, selectArms } from '../experiment/experiment.js'
import { RandomStream } from '../random/stream.js'
import type { Settings, Sweep } from './document.js'

/** Trials of one sweep. */
export const MOST_TRIALS = 1_000_000

/** Settings that are held against the experiment before anything is trained. */
const MOST_CHECKED = 300

/** One training of a sweep. */
export interface Trial {
  /** From 0. */
  readonly index: number
  /** Its index, and a hash of all that it is. */
  readonly id: string
  /** Values by path, without those that all trials have. */
  readonly settings: Settings
  readonly arm: string
  readonly seed: number
  readonly backend: string
}

/** Reads the experiment of a sweep under a merge patch. @throws ExperimentError */
export type ReadExperiment = (overrides: Readonly<Record<string, unknown>>) => Experiment

/** The place of an index in a product, the last factor the fastest. */
function digitsOf(index: number, factors: readonly number[]): number[] {
  let rest = index
  return factors
    .toReversed()
    .map((factor) => {
      const digit = rest % factor
      rest = Math.floor(rest / factor)
      return digit
    })
    .toReversed()
}

function productOf(factors: readonly number[]): number {
  return factors.reduce((product, factor) => product * factor, 1)
}

function seedCount({ seeds }: Sweep): number {
  return seeds === undefined ? 1 : seeds.length
}

/** FNV-1a over code units, 32 bits. @see Fowler, Noll and Vo, draft-eastlake-fnv */
function hashOf(text: string): string {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return (hash >>> 0).toString(16).padStart(8, '0')
}

function isEqual(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

/** Factors of the settings by name: the list, each path of the grid, the draws. */
function factorsOf({ list, grid, random }: Sweep): { readonly name: string; readonly count: number }[] {
  const axes = grid.map(({ path, values }) => ({ name: path, count: values.length }))
  return [{ name: 'list', count: list.length }, ...axes, { name: 'random.draws', count: random.count }]
}

/** Settings of a sweep, without arms, seeds and backends. */
class SettingsPlan {
  readonly #sweep: Sweep
  readonly #counts: readonly number[]
  readonly count: number

  constructor(sweep: Sweep) {
    this.#sweep = sweep
    this.#counts = factorsOf(sweep).map(({ count }) => count)
    this.count = productOf(this.#counts)
  }

  at(index: number): Settings {
    const { list, grid } = this.#sweep
    const [listed = 0, ...others] = digitsOf(index, this.#counts)
    const chosen = grid.map(({ path, values }, axis) => [path, values[Number(others[axis])]])
    return this.#drawn({ ...list[listed], ...Object.fromEntries(chosen) }, Number(others.at(-1)))
  }

  /** Each path takes its number whether it is set or not: a condition changes none of the others. */
  #drawn(below: Settings, draw: number): Settings {
    const { random, set } = this.#sweep
    const stream = new RandomStream(random.seed, 'sweep', draw)
    return random.draws.reduce<Settings>((settings, { path, at, when }) => {
      const value = at(stream.uniform())
      const all = { ...set, ...settings }
      const holds = Object.entries(when).every(([key, values]) => values.some((each) => isEqual(each, all[key])))
      return holds ? { ...settings, [path]: value } : settings
    }, below)
  }

  /** All where they are few; of many those that differ from the first in one factor. */
  sample(): number[] {
    if (this.count <= MOST_CHECKED) return [...Array(this.count).keys()]
    const each = Math.ceil(MOST_CHECKED / this.#counts.length)
    return this.#counts.flatMap((count, axis) => {
      const stride = productOf(this.#counts.slice(axis + 1))
      return Array.from({ length: Math.min(count, each) }, (_, digit) => digit * stride)
    })
  }
}

/** An arm that is trained. */
interface ChosenArm {
  readonly name: string
  readonly seed: number
  readonly epochs: number
}

/** A part of a sweep that is trained before the next begins. */
export interface Rung {
  /** Epochs after which trainings end; undefined: the experiment's own. */
  readonly epochs: number | undefined
  /** Combinations of settings and arm that are trained. */
  readonly candidates: number
}

/** The rungs of successive halving; one where nothing is ended early. */
function rungsOf({ stop }: Sweep, candidates: number, epochs: number): Rung[] {
  const rungs: Rung[] = []
  let left = candidates
  if (stop !== undefined) {
    for (let most = stop.first; most < epochs; most *= stop.factor, left = Math.ceil(left / stop.factor)) {
      rungs.push({ epochs: most, candidates: left })
    }
  }
  return [...rungs, { epochs: undefined, candidates: left }]
}

/** A score to sort by: one that is no number is worse than all others. */
function rankOf(score: number): number {
  return Number.isNaN(score) ? Number.POSITIVE_INFINITY : score
}

/** The trials of a sweep. */
export class SweepPlan {
  readonly sweep: Sweep
  readonly arms: readonly ChosenArm[]
  readonly #settings: SettingsPlan
  readonly #counts: readonly number[]
  /** Trials. */
  readonly count: number
  /** Trials of one combination of settings and arm, which follow each other. */
  readonly perCandidate: number
  readonly rungs: readonly Rung[]

  constructor(sweep: Sweep, arms: readonly ChosenArm[]) {
    this.sweep = sweep
    this.arms = arms
    this.#settings = new SettingsPlan(sweep)
    this.#counts = [this.#settings.count, arms.length, seedCount(sweep), sweep.backends.length]
    this.count = productOf(this.#counts)
    this.perCandidate = seedCount(sweep) * sweep.backends.length
    const epochs = Math.max(...arms.map((arm) => arm.epochs))
    this.rungs = rungsOf(sweep, this.count / this.perCandidate, epochs)
  }

  /** The trial of a number. @param index from 0 to `count` - 1. */
  trial(index: number): Trial {
    const { seeds, backends } = this.sweep
    const [chosen, armAt, seedAt, backendAt] = digitsOf(index, this.#counts) as [number, number, number, number]
    const { name: arm, seed: own } = this.arms[armAt] as ChosenArm
    const trial = { arm, seed: seeds?.[seedAt] ?? own, backend: backends[backendAt] as string }
    const settings = this.#settings.at(chosen)
    const sorted = Object.entries(settings).toSorted(([a], [b]) => (a < b ? -1 : 1))
    return { index, id: `${index}-${hashOf(JSON.stringify([sorted, trial]))}`, settings, ...trial }
  }

  /** All trials, in order. */
  *trials(): Generator<Trial> {
    for (let index = 0; index < this.count; index++) yield this.trial(index)
  }

  /**
   * Candidates that the next rung trains: of those of this one the best, ties and what is no number behind those before them.
   * @param rung of the next. @param scores of candidates, the smaller the better.
   */
  survivors(rung: number, scores: ReadonlyMap<number, number>): number[] {
    const { candidates } = this.rungs[rung] as Rung
    const order = [...scores].toSorted(([a, first], [b, second]) => {
      const [left, right] = [rankOf(first), rankOf(second)]
      return left === right ? a - b : left < right ? -1 : 1
    })
    return order.slice(0, candidates).map(([candidate]) => candidate)
  }

  /** The merge patch on the experiment that a trial trains. */
  overridesOf({ settings }: Pick<Trial, 'settings'>): Record<string, unknown> {
    return patchOfValues({ ...this.sweep.set, ...settings })
  }
}

/** @throws InputError for more trials than there may be, before any is made. */
function requireFew(sweep: Sweep, source: string, arms: number): void {
  const others = [
    { name: 'arms', count: arms },
    { name: 'seeds', count: seedCount(sweep) },
    { name: 'backends', count: sweep.backends.length },
  ]
  const factors = [...factorsOf(sweep), ...others].filter(({ count }) => count > 1)
  const total = productOf(factors.map(({ count }) => count))
  if (total <= MOST_TRIALS) return
  const told = factors.map(({ name, count }) => `${count.toLocaleString('en-US')} (${name})`).join(' x ')
  const [most, got] = [MOST_TRIALS, total].map((number) => number.toLocaleString('en-US'))
  throw new InputError('core', `${source}: expected at most ${most} trials, got ${got}: ${told}`)
}

/** Arms that are not, under all of the settings, the same as one before them. */
function differingArms(experiments: readonly Experiment[], names: readonly string[]): string[] {
  const specs = new Set<string>()
  return names.filter((name) => {
    const own = JSON.stringify(experiments.map(({ arms }) => arms[name]))
    const isNew = !specs.has(own)
    specs.add(own)
    return isNew
  })
}

/**
 * Plans a sweep. Settings are held against the experiment: all where they are few, of many a part.
 * @param source the file of the sweep, in messages.
 * @throws InputError for too many trials or an arm that is not there; ExperimentError for settings that do not fit
 */
export function planSweep(sweep: Sweep, read: ReadExperiment, source: string): SweepPlan {
  const { arms, set } = sweep
  requireFew(sweep, source, arms === undefined ? 1 : arms.length)
  const settings = new SettingsPlan(sweep)
  const experiments = settings.sample().map((index) => read(patchOfValues({ ...set, ...settings.at(index) })))
  const [first] = experiments as [Experiment, ...Experiment[]]
  const chosen = arms === undefined ? differingArms(experiments, Object.keys(first.arms)) : [...new Set(arms)]
  requireFew(sweep, source, chosen.length)
  const specs = Object.entries(selectArms(first, chosen).arms)
  return new SweepPlan(
    sweep,
    specs.map(([name, { seed, epochs }]) => ({ name, seed, epochs })),
  )
}
