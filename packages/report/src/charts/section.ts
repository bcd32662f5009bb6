/**
 * Runs in order: a section for each experiment, in it arms, backends and seeds by number. Runs that share all three,
 * because several documents were merged, are kept apart as backends of their own.
 */
import type { RunRecord } from '@isograd/core'
import { mostOwnColours } from './colours.js'
import type { Series, SeriesNames } from './page-data.js'
import type { Source } from '../documents/source.js'

/** A run in its place. */
export interface Run {
  readonly record: RunRecord
  readonly arm: number
  readonly backend: number
  readonly seed: number
  /** Index of its arm and backend in the section's series. */
  readonly series: number
}

/** The runs of one experiment. */
export interface Section extends SeriesNames {
  readonly id: string
  readonly preset: string
  readonly description: string
  readonly runs: readonly Run[]
  /** How many runs shared the machine while these were timed: the most of any; 1 where nobody says. */
  readonly jobs: number
}

/** Each item once, in the order in which they come. */
export function unique<T>(items: Iterable<T>): T[] {
  return [...new Set(items)]
}

/** The backend's name, with the precision where a section has both, and a number where a run is there already. */
function backendLabels(records: readonly RunRecord[]): string[] {
  const mixed = unique(records.map(({ precision }) => precision)).length > 1
  const taken = new Set<string>()
  return records.map(({ backend, precision, arm, seed }) => {
    const name = mixed ? `${backend} (${precision})` : backend
    const key = (label: string): string => JSON.stringify([arm, label, seed])
    let label = name
    for (let number = 2; taken.has(key(label)); number++) label = `${name} (${number})`
    taken.add(key(label))
    return label
  })
}

function seriesOf(pairs: readonly (readonly [arm: number, backend: number])[]): Series[] {
  const keys = unique(pairs.map(([arm, backend]) => `${arm} ${backend}`))
  const all = keys.map((key) => {
    const [arm = 0, backend = 0] = key.split(' ').map(Number)
    return { arm, backend }
  })
  return all.toSorted((a, b) => a.arm - b.arm || a.backend - b.backend)
}

function sectionOf(id: string, records: readonly RunRecord[], colours: readonly number[], jobs: number): Section {
  const labels = backendLabels(records)
  const arms = unique(records.map(({ arm }) => arm))
  const backends = unique(labels)
  const seeds = unique(records.map(({ seed }) => seed)).toSorted((a, b) => a - b)
  const pairs = records.map(({ arm }, i) => [arms.indexOf(arm), backends.indexOf(labels[i] ?? '')] as const)
  const series = seriesOf(pairs)
  const runs = records.map((record, i) => {
    const [arm = 0, backend = 0] = pairs[i] ?? []
    const at = series.findIndex((each) => each.arm === arm && each.backend === backend)
    return { record, arm, backend, seed: seeds.indexOf(record.seed), series: at }
  })
  const [first] = records
  const [preset, description] = [first?.preset ?? '', first?.experiment.description ?? '']
  return { id, preset, description, colours, arms, backends, seeds, series, runs, jobs }
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

function hasRunsOf({ runs }: Pick<Source, 'runs'>, preset: string): boolean {
  return runs.some((record) => record.preset === preset)
}

function jobsOf(sources: readonly Pick<Source, 'environment'>[]): number {
  return Math.max(1, ...sources.map(({ environment }) => environment?.jobs ?? 1))
}

/** A section for each experiment, in the order in which they come. */
export function sectionsOf(sources: readonly Pick<Source, 'runs' | 'environment'>[]): Section[] {
  const records = sources.flatMap(({ runs }) => runs)
  const presets = unique(records.map(({ preset }) => preset))
  const runs = presets.map((preset) => records.filter((record) => record.preset === preset))
  const jobs = presets.map((preset) => jobsOf(sources.filter((source) => hasRunsOf(source, preset))))
  const colours = colourNumbers(runs.map((own) => unique(own.map(({ arm }) => arm))))
  return runs.map((own, i) => sectionOf(`experiment${i + 1}`, own, colours[i] ?? [], jobs[i] ?? 1))
}
