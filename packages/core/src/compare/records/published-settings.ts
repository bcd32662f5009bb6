/** The settings of a run that are not its preset's: where there are any, published figures say nothing about it. */
import type { ArmSpec } from '../../experiment/arm.js'
import { parseExperiment } from '../../experiment/experiment.js'
import { presets } from '../../experiment/presets/index.js'
import { formatPath } from '../../experiment/problems.js'
import type { RunRecord } from '../../records/record.js'
import { type Difference, differences } from '../../records/resume-check.js'

/** Settings that do not change what is learned: a seed is one of many, a probe only looks. */
const free = new Set(['seed', 'precision', 'probes', 'description', '$schema', 'name'])

function publishedArm({ preset: name, arm }: RunRecord): ArmSpec | undefined {
  const preset = presets.find((each) => each.name === name)
  if (preset === undefined) return undefined
  const { arms } = parseExperiment(preset)
  return Object.hasOwn(arms, arm) ? arms[arm] : undefined
}

function differenceText({ path, before, now }: Difference): string {
  return `${formatPath(path)} ${now} instead of ${before}`
}

/** The settings that differ from the preset's; undefined where there is no such preset or arm. */
export function changedSettings(record: RunRecord): string[] | undefined {
  const arm = publishedArm(record)
  if (arm === undefined) return undefined
  return differences(arm, record.experiment)
    .filter(({ path: [field = ''] }) => !free.has(String(field)))
    .map(differenceText)
}
