/** The test that two records are of one experiment: everything that decides their numbers, but the backend, must be the same. */
import { InputError } from '../../errors.js'
import { formatPath } from '../../experiment/problems.js'
import type { RunRecord } from '../../records/record.js'
import { type Difference, differences } from '../../records/resume-check.js'

/** The part of a record's making that decides its numbers; that data were streamed does not. */
function essence({ experiment, dataset, modules, steps }: RunRecord): unknown {
  const { description: _, $schema: __, data, ...arm } = experiment
  // Where data lay is no part of what they are: their digest is.
  const [{ path: ___, stream: _____, ...spec }, { path: ____, ...facts }] = [data, dataset]
  return { experiment: { ...arm, data: spec }, dataset: facts, modules, steps }
}

/** Fields that are named of those that differ, and characters of their values. */
const [MOST_FIELDS, MOST_CHARACTERS] = [10, 60]

function cut(json: string): string {
  return json.length > MOST_CHARACTERS ? `${json.slice(0, MOST_CHARACTERS)}...` : json
}

/** The fields in which the experiments of two records differ, with both values: a line each, few of many. */
export function differingFields(a: RunRecord, b: RunRecord): string[] {
  return listed(differences(essence(a), essence(b)))
}

function listed(found: readonly Difference[]): string[] {
  const lines = found.map(({ path, before, now }) => `${formatPath(path)}: ${cut(before)} and ${cut(now)}`)
  const rest = lines.length > MOST_FIELDS ? [`and ${lines.length - MOST_FIELDS} more`] : []
  return [...lines.slice(0, MOST_FIELDS), ...rest]
}

/** True where two runs trained the same. */
export function isOfSameExperiment(a: RunRecord, b: RunRecord): boolean {
  return differences(essence(a), essence(b)).length === 0
}

/** @throws InputError naming the fields in which the experiments differ. @param hint what to do where more than data differ. */
export function requireSameExperiment(
  a: RunRecord,
  b: RunRecord,
  hint = 'Train one experiment on both sides to compare them.',
): void {
  const found = differences(essence(a), essence(b))
  if (found.length > 0) {
    const isDataAlone = found.every(({ path }) => path[0] === 'dataset')
    const cure = isDataAlone ? 'The data differ: train both on the same, named with --data or data.path.' : hint
    const lines = listed(found).map((line) => `\n  ${line}`)
    throw new InputError('core', `the records are of different experiments:${lines.join('')}\n${cure}`)
  }
}
