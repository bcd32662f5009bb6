/** The verdicts of the suite: each arm on each backend against what is published of it, or against its own goal. */
import type { ArmSpec, RunRecord } from '@isograd/core'
import { grouped, changedSettings, type Reproduction, reproductionOf } from '@isograd/core/compare'
import { isReached } from '../documents/run-figures.js'
import type { SuiteArm, SuiteVerdict } from '../documents/suite-document.js'

function verdictOf(reproduction: Reproduction, changed: readonly string[], goal: ArmSpec['goal']): SuiteVerdict {
  if (changed.length > 0) return 'not judged'
  if (goal === undefined || reproduction.published !== undefined) return reproduction.verdict
  return isReached(goal, reproduction.final.mean) ? 'learns' : 'does not learn'
}

function judgeArm(records: readonly [RunRecord, ...RunRecord[]], all: readonly RunRecord[]): SuiteArm {
  const [first] = records
  const reproduction = reproductionOf(records, all)
  const changed = changedSettings(first) ?? []
  const { judgedBy, experiment } = first
  const { goal } = experiment
  return { ...reproduction, verdict: verdictOf(reproduction, changed, goal), changed, judgedBy, goal }
}

/** Judges the records of one preset, arm by arm in the order in which they came. */
export function judgeRecords(records: readonly RunRecord[]): SuiteArm[] {
  const groups = grouped(records, ({ preset, arm, backend }) => [preset, arm, backend])
  return groups.map((group) => judgeArm(group, records))
}
