/**
 * Runs in order: a section for each experiment, in it arms, backends and seeds by number. Runs that share all three,
 * because several documents were merged, are kept apart as backends of their own.
 */
import type { RunRecord } from '@isograd/core'
import { mostOwnColours } from '../drawings/colours.js'
import type { Series, SeriesNames } from '../charts/page-data.js'

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
}

function unique<T>(items: Iterable<T>): T[] {
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

function sectionOf(
  id: string,
  records: readonly RunRecord[],
  colourOf: (arm: string, index: number) => number,
): Section {
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
  const colours = arms.map(colourOf)
  return { id, preset, description, colours, arms, backends, seeds, series, runs }
}

/** One colour for each name of an arm, as far as there are colours of their own; else one for each place. */
function armColouring(records: readonly RunRecord[]): (arm: string, index: number) => number {
  const names = unique(records.map(({ arm }) => arm))
  return names.length <= mostOwnColours ? (arm) => names.indexOf(arm) : (_, index) => index
}

/** A section for each experiment, in the order in which they come. */
export function sectionsOf(records: readonly RunRecord[]): Section[] {
  const presets = unique(records.map(({ preset }) => preset))
  const colourOf = armColouring(records)
  return presets.map((preset, i) => {
    const own = records.filter((record) => record.preset === preset)
    return sectionOf(`experiment${i + 1}`, own, colourOf)
  })
}
