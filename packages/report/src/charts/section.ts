/**
 * Runs in order: a section for each name of an experiment, in it arms, backends and seeds by number. Runs that share all
 * three, or one name with other settings, because several documents were merged, are kept apart by the names of these.
 */
import type { RunRecord } from '@isograd/core'
import { grouped, isOfSameExperiment } from '@isograd/core/compare'
import { unique } from '../documents/fields.js'
import { mostOwnColours } from './colours.js'
import type { SeriesNames } from './page-data.js'
import { itemAt } from './series-names.js'
import type { Source } from '../documents/source.js'

/** A run in its place. */
export interface Run {
  readonly record: RunRecord
  readonly arm: number
  readonly backend: number
  readonly seed: number
  /** Index of its arm and backend in the section's series. */
  readonly series: number
  /** Its document, by what tells that apart; absent where it has no name. */
  readonly source?: string | undefined
}

/** The runs of one experiment. */
export interface Section extends SeriesNames {
  readonly id: string
  readonly preset: string
  readonly description: string
  readonly runs: readonly Run[]
  /** The number of runs that shared the machine while these were timed: the most of any; 1 where nobody says. */
  readonly jobs: number
  /** True where one label is not enough for a backend: the documents of its runs are in it. */
  readonly isSourced: boolean
  /** The command that trained all; absent where there were several, or nobody says. */
  readonly commandLine?: readonly string[]
}

/** All records of a section, or those of a series, one a seed. */
export function recordsOf({ runs }: Section, series?: number): RunRecord[] {
  return runs.flatMap((run) => (series === undefined || run.series === series ? [run.record] : []))
}

/** The most seeds that an arm has on a backend. */
export function mostSeeds(section: Section): number {
  return Math.max(
    ...section.series.map((_, series) => unique(recordsOf(section, series).map(({ seed }) => seed)).length),
  )
}

/** A record with the name of its document. */
interface Sourced {
  readonly record: RunRecord
  readonly source: number
  readonly name?: string
}

/** A run as of a seed that all have. */
export function withoutSeed({ record }: Pick<Sourced, 'record'>): RunRecord {
  return { ...record, experiment: { ...record.experiment, seed: 0 } }
}

/** True where an arm on a backend was trained twice with one seed, or is of two experiments: seeds of one make a line. */
function doClash([first, ...rest]: readonly [Sourced, ...Sourced[]]): boolean {
  const bySeed = grouped([first, ...rest], ({ record }) => record.seed)
  const isTwice = bySeed.some(([one, ...others]) => others.some(({ source }) => source !== one.source))
  return isTwice || rest.some((run) => !isOfSameExperiment(withoutSeed(first), withoutSeed(run)))
}

/** Paths without the directories that all of them begin or end with; one that is alone stays as it is. */
function shortPaths(paths: readonly string[]): string[] {
  const parts = paths.map((path) => path.split('/'))
  const isShared = (at: number): boolean => new Set(parts.map((each) => each.at(at))).size === 1
  const most = paths.length < 2 ? 0 : Math.min(...parts.map(({ length }) => length)) - 1
  let [start, end] = [0, 0]
  while (start < most && isShared(start)) start++
  while (start + end < most && isShared(-1 - end)) end++
  return parts.map((each) => each.slice(start, each.length - end).join('/'))
}

/** The backend's name, with precision and document where a section needs them, and a number where a run is there already. */
function withLabels(runs: readonly Sourced[]) {
  const isMixed = unique(runs.map(({ record }) => record.precision)).length > 1
  const alike = grouped(runs, ({ record }) => [record.arm, record.backend, record.precision])
  const isSourced = alike.some(doClash)
  const names = unique(runs.flatMap(({ name = [] }) => name))
  const short = new Map(shortPaths(names).map((path, i) => [names[i], path]))
  const taken = new Set<string>()
  const labelled = runs.map(({ record, name: path }) => {
    const { backend, precision, arm, seed } = record
    const source = short.get(path)
    const more = [...(isMixed ? [precision] : []), ...(isSourced && source !== undefined ? [source] : [])]
    const name = more.length === 0 ? backend : `${backend} (${more.join(', ')})`
    const key = (label: string): string => JSON.stringify([arm, label, seed])
    let label = name
    for (let number = 2; taken.has(key(label)); number++) label = `${name} (${number})`
    taken.add(key(label))
    return { record, label, source }
  })
  return { labelled, isSourced }
}

/** Names, series and places of the runs of one experiment. */
function placed(sourced: readonly Sourced[]) {
  const { labelled, isSourced } = withLabels(sourced)
  const records = sourced.map(({ record }) => record)
  const arms = unique(records.map(({ arm }) => arm))
  const backends = unique(labelled.map(({ label }) => label))
  const seeds = unique(records.map(({ seed }) => seed)).toSorted((a, b) => a - b)
  // Series are in the order of arms, then of backends.
  const number = (arm: string, label: string): number => arms.indexOf(arm) * backends.length + backends.indexOf(label)
  const numbers = unique(labelled.map(({ record, label }) => number(record.arm, label))).toSorted((a, b) => a - b)
  const series = numbers.map((each) => ({ arm: Math.floor(each / backends.length), backend: each % backends.length }))
  const runs = labelled.map(({ record, label, source }) => ({
    record,
    source,
    arm: arms.indexOf(record.arm),
    backend: backends.indexOf(label),
    seed: seeds.indexOf(record.seed),
    series: numbers.indexOf(number(record.arm, label)),
  }))
  return { arms, backends, seeds, series, runs, isSourced }
}

function countOf(name: string, lists: readonly (readonly string[])[]): number {
  return lists.filter((list) => list.includes(name)).length
}

/** Names that keep their colour throughout the page: all while there are colours enough, else those of several lists. */
function colouredNames(lists: readonly (readonly string[])[]): string[] {
  const names = unique(lists.flat())
  if (names.length <= mostOwnColours) return names
  return names
    .filter((name) => countOf(name, lists) > 1)
    .toSorted((a, b) => countOf(b, lists) - countOf(a, lists))
    .slice(0, mostOwnColours)
}

/** Numbers of colours for the arms of each experiment; arms that are in one only take what is left there. */
export function colourNumbers(lists: readonly (readonly string[])[]): number[][] {
  const named = colouredNames(lists)
  return lists.map((list) => {
    const taken = new Set(list.map((name) => named.indexOf(name)))
    const numbers = Array.from({ length: list.length + named.length }, (_, i) => i)
    const free = numbers.filter((number) => !taken.has(number))
    return list.map((name) => (named.includes(name) ? named.indexOf(name) : (free.shift() ?? 0)))
  })
}

function jobsOf(sources: readonly Pick<Source, 'runs' | 'environment'>[], preset: string): number {
  const own = sources.filter(({ runs }) => runs.some((record) => record.preset === preset))
  return Math.max(1, ...own.map(({ environment: { jobs = 1 } = {} }) => jobs))
}

function commandOf(sources: readonly Pick<Source, 'environment'>[]): Pick<Section, 'commandLine'> {
  const [source, ...others] = sources
  const { commandLine } = source?.environment ?? {}
  return commandLine === undefined || others.length > 0 ? {} : { commandLine }
}

/** The first run of each arm, and of each experiment where several have its name. */
export function firstRuns({ runs }: Pick<Section, 'runs'>): Run[] {
  const isAlike = (run: Run, other: Run): boolean =>
    run.arm === other.arm && isOfSameExperiment(withoutSeed(run), withoutSeed(other))
  return runs.filter((run, i) => runs.findIndex((other) => isAlike(run, other)) === i)
}

/** The backends that trained, as they are called wherever they ran. */
export function backendsOf({ runs }: Pick<Section, 'runs'>): string[] {
  return unique(runs.map(({ record }) => record.backend))
}

/** A section for each experiment, in the order in which they come. */
export function sectionsOf(
  sources: readonly (Pick<Source, 'runs' | 'environment'> & Partial<Pick<Source, 'name'>>)[],
): Section[] {
  const all = sources.flatMap(({ runs, ...rest }, source) => runs.map((record) => ({ ...rest, source, record })))
  const groups = grouped(all, ({ record }) => record.preset).map((own) => {
    const { preset, experiment } = own[0].record
    const { description = '' } = experiment
    return { preset, description, jobs: jobsOf(sources, preset), ...commandOf(sources), ...placed(own) }
  })
  const colours = colourNumbers(groups.map(({ arms }) => arms))
  return groups.map((group, i) => ({ id: `experiment${i + 1}`, colours: itemAt(colours, i), ...group }))
}
