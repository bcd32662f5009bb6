/** The learning rates of records as the page shows them: a line for each parameter group, flat where nothing changes. */
import type { RunRecord } from '@isograd/core/compare'
import { idPart, unique } from '../fields.js'
import type { CurveQuantity } from './measures.js'

/** The rates of a group with the step that each was used in, from 1: before each change the rate up to there. */
function ratePoints({ learningRates = [], losses }: RunRecord, group: string): [step: number, rate: number][] {
  const found = learningRates.find((series) => series.group === group)
  if (found === undefined) return []
  return found.steps.flatMap((step, i): [number, number][] => {
    const rate = Number(found.values[i])
    const next = found.steps[i + 1] ?? losses.length
    return next - step > 1
      ? [
          [step + 1, rate],
          [next, rate],
        ]
      : [[step + 1, rate]]
  })
}

/** The learning rate by step, of each parameter group that records tell of. */
export function learningRateCurves(records: readonly RunRecord[]): CurveQuantity[] {
  const groups = unique(records.flatMap(({ learningRates = [] }) => learningRates.map(({ group }) => group)))
  return groups.map((group) => ({
    key: `rate-${idPart(group)}`,
    title: groups.length === 1 ? 'Learning rate by step' : `Learning rate of ${group} by step`,
    label: 'learning rate',
    style: 'ratio',
    better: 'smaller',
    over: 'step',
    points: (record) => ratePoints(record, group),
  }))
}
