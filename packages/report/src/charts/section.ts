/**
 * Runs in order: a section for each experiment, in it arms, backends and seeds by number. Runs that share all three,
 * because several documents were merged, are kept apart as backends of their own.
 */
import type { RunRecord } from '@isograd/core'
import { grouped } from '@isograd/core/compare'
import { checkCommand } from '../documents/check-command.js'
import { unique } from '../documents/fields.js'
import { mostOwnColours } from './colours.js'
import { itemAt, type SeriesNames } from './page-data.js'
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
  /** The number of runs that shared the machine while these were timed: the most of any; 1 where nobody says. */
  readonly jobs: number
  /** The command line of a check of the same training; absent where no single `isograd run` trained all. */
  readonly check?: string
}

/** All records of a section, or those of a series, one a seed. */
export function recordsOf({ runs }: Section, series?: number): RunRecord[] {
  return runs.flatMap((run) => (series === undefined || run.series === series ? [run.record] : []))
}

/** The backend's name, with the precision where a section has both, and a number where a run is there already. */
function withLabels(records: readonly RunRecord[]): { readonly record: RunRecord; readonly label: string }[] {
  const mixed = unique(records.map(({ precision }) => precision)).length > 1
  const taken = new Set<string>()
  return records.map((record) => {
    const { backend, precision, arm, seed } = record
    const name = mixed ? `${backend} (${precision})` : backend
    const key = (label: string): string => JSON.stringify([arm, label, seed])
    let label = name
    for (let number = 2; taken.has(key(label)); number++) label = `${name} (${number})`
    taken.add(key(label))
    return { record, label }
  })
}

/** Names, series and places of the runs of one experiment. */
function placed(records: readonly RunRecord[]) {
  const labelled = withLabels(records)
  const arms = unique(records.map(({ arm }) => arm))
  const backends = unique(labelled.map(({ label }) => label))
  const seeds = unique(records.map(({ seed }) => seed)).toSorted((a, b) => a - b)
  // Series are in the order of arms, then of backends.
  const number = (arm: string, label: string): number => arms.indexOf(arm) * backends.length + backends.indexOf(label)
  const numbers = unique(labelled.map(({ record, label }) => number(record.arm, label))).toSorted((a, b) => a - b)
  const series = numbers.map((each) => ({ arm: Math.floor(each / backends.length), backend: each % backends.length }))
  const runs = labelled.map(({ record, label }) => ({
    record,
    arm: arms.indexOf(record.arm),
    backend: backends.indexOf(label),
    seed: seeds.indexOf(record.seed),
    series: numbers.indexOf(number(record.arm, label)),
  }))
  return { arms, backends, seeds, series, runs }
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

function checkOf(sources: readonly Pick<Source, 'environment'>[]): { readonly check?: string } {
  const [source, ...others] = sources
  const check = others.length === 0 ? checkCommand(source?.environment?.commandLine ?? []) : undefined
  return check === undefined ? {} : { check }
}

/** A section for each experiment, in the order in which they come. */
export function sectionsOf(sources: readonly Pick<Source, 'runs' | 'environment'>[]): Section[] {
  const records = sources.flatMap(({ runs }) => runs)
  const groups = grouped(records, ({ preset }) => preset).map((own) => {
    const [{ preset, experiment }] = own
    const { description = '' } = experiment
    return { preset, description, jobs: jobsOf(sources, preset), ...checkOf(sources), ...placed(own) }
  })
  const colours = colourNumbers(groups.map(({ arms }) => arms))
  return groups.map((group, i) => ({ id: `experiment${i + 1}`, colours: itemAt(colours, i), ...group }))
}
