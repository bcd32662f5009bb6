/** The document of a sweep, read with suspicion. */
import { type Fields, isFields, listOf, numberOf, pick, textOf, textOrUnknown, unique } from './fields.js'

/** Schema of the document. */
export const SWEEP_SCHEMA = 'isograd.sweep-status/1'

function numbersOf(value: unknown): number[] {
  return Array.isArray(value) ? value.map(numberOf) : []
}

function settingsOf(value: unknown): Fields {
  return isFields(value) ? value : {}
}

/** One combination of settings, arm and backend; a lone arm may have no name; the error is NaN for a single seed. */
function readResult({ settings, seeds, epochs, losses, ...rest }: Fields) {
  return {
    settings: settingsOf(settings),
    ...pick(rest, textOf, 'arm', 'backend', 'judgedBy', 'judgedOn', 'better'),
    ...pick({ error: Number.NaN, ...rest }, numberOf, 'mean', 'error', 'diverged'),
    seeds: Array.isArray(seeds) ? seeds.length : 1,
    ...(epochs !== undefined && { epochs: numberOf(epochs) }),
    ...(losses !== undefined && { losses: numbersOf(losses) }),
  }
}

/** A rung of successive halving. */
function readRung({ kept, ...rung }: Fields) {
  const figures = pick(rung, numberOf, 'epochs', 'combinations', 'trained', 'best', 'median')
  return { ...figures, ...(kept !== undefined && { kept: numberOf(kept) }) }
}

/** Finals of a combination that two backends do not share. */
function readApart({ settings, means, ...rest }: Fields) {
  const [first = Number.NaN, second = Number.NaN] = numbersOf(means)
  const figures = { ...pick(rest, textOf, 'arm'), ...pick(rest, numberOf, 'measured') }
  return { settings: settingsOf(settings), means: [first, second] as const, ...figures }
}

/** Two backends. */
function readBackends({ backends, apart, chance, ...rest }: Fields, armOf: Fields) {
  const [first, second] = Array.isArray(backends) ? backends : []
  return {
    backends: [textOf(first), textOf(second)] as const,
    ...pick(rest, numberOf, 'combinations', 'tolerance'),
    apart: listOf(apart).map((each) => readApart({ ...each, ...armOf })),
    chance: pick(isFields(chance) ? chance : {}, numberOf, 'comparisons', 'expected', 'exceeded'),
  }
}

/** A trial that was set aside. */
function readFailure({ settings, ...rest }: Fields) {
  return { settings: settingsOf(settings), ...pick(rest, textOf, 'id', 'arm', 'seed', 'backend', 'reason') }
}

function readDifference({ id, hashes }: Fields) {
  return { id: textOf(id), hashes: Array.isArray(hashes) ? hashes.map(textOf) : [] }
}

/** The facts of an environment, by its mark. */
function readEnvironments(value: unknown): (readonly [mark: string, facts: Readonly<Record<string, string>>])[] {
  return Object.entries(settingsOf(value)).map(([mark, environment]) => {
    const { versions, backends, ...facts } = settingsOf(environment)
    const all = { ...facts, ...settingsOf(versions), ...settingsOf(backends) }
    return [mark, pick(all, textOrUnknown, ...Object.keys(all))]
  })
}

/**
 * True where there is one arm alone, and settings tell the combinations apart. Its name is left out then: an arm may be named after
 * what a setting has replaced.
 */
function isLoneArm(results: readonly Fields[], failures: readonly Fields[]): boolean {
  const arms = unique([...results, ...failures].map(({ arm }) => arm))
  return arms.length === 1 && unique(results.map(({ settings }) => JSON.stringify(settings))).length > 1
}

/** The sweep in a document that says it is one. */
export function readSweep(value: Fields) {
  const { rungs, backends, differences, environments, sweep, shard } = value
  const [results, failures] = [listOf(value['settings']), listOf(value['failures'])]
  const armOf = isLoneArm(results, failures) ? { arm: '' } : {}
  return {
    ...pick(value, textOf, 'source', 'experiment', 'directory'),
    ...pick(value, numberOf, 'trials', 'done', 'running', 'failed', 'left', 'repeated', 'damaged'),
    ...(isFields(shard) && { shard: pick(shard, numberOf, 'part', 'of') }),
    sweep,
    results: results.map((each) => readResult({ ...each, ...armOf })),
    rungs: listOf(rungs).map(readRung),
    backends: listOf(backends).map((each) => readBackends(each, armOf)),
    failures: failures.map((each) => readFailure({ ...each, ...armOf })),
    differences: listOf(differences).map(readDifference),
    environments: readEnvironments(environments),
  }
}

/** A sweep. */
export type SweepSource = ReturnType<typeof readSweep>

/** A combination of settings, arm and backend. */
export type SweepResult = SweepSource['results'][number]
