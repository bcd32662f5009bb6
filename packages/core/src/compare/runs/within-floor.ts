/** The judgement on two backends' free trainings where nothing stands out of what rounding does to either. */
import { type FinalsComparison, undefinedText } from '../finals.js'
import { short } from '../findings.js'
import type { Judgement } from '../verdict.js'
import { furthest, type GrowthPoint } from './growth.js'

/** Fewer seeds than this, where trainings part by nature, do not tell how far their finals scatter. */
export const FEWEST_SEEDS = 5

/** @param judged the points up to where noise takes over. @param decorrelated the step after which it has. */
export function withinFloor(
  judged: readonly GrowthPoint[],
  decorrelated: number | undefined,
  { seeds, finals }: { readonly seeds: number; readonly finals: FinalsComparison },
): Judgement {
  if (judged.length > 0) {
    const until = decorrelated === undefined ? '' : ` up to step ${decorrelated}, where the noise takes over`
    const reason = `never further apart than ${short(furthest(judged))} times the noise floor${until}`
    return { verdict: 'agree', reason }
  }
  const noise = 'one unit in the last place already leads to another model'
  if (seeds < FEWEST_SEEDS) {
    const reason = `${noise}: nothing can be said of free training but by the finals of ${FEWEST_SEEDS} seeds`
    return { verdict: 'inconclusive', reason, needs: { seeds: FEWEST_SEEDS } }
  }
  const untold = undefinedText(finals)
  if (untold !== undefined) return { verdict: 'inconclusive', reason: `${noise}, and ${untold}` }
  return {
    verdict: 'agree',
    reason: `${noise}, and the finals of ${seeds} seeds are ${short(finals.measured)} standard errors apart`,
  }
}
