/**
 * Two runs of which one at least left the finite numbers. That they agree is never said of them: NaN is equal to nothing.
 * Both at one step, from states that agreed, is what both do; at different steps it is a fault, unless rounding had made them
 * two models before.
 */
import type { RunRecord } from '../../records/record.js'
import { nonFinitePlaceText } from '../../run/non-finite-text.js'
import type { Verdict } from '../verdict.js'
import { haveParted, lossDistances } from './distances.js'
import type { RoundingLimits } from './rounding-limits.js'

/** The findings on two such runs. */
export interface Divergence {
  /** Steps that both trained in finite numbers. */
  readonly shared: number
  /**
   * The verdict, and the steps at which each left them with what makes the pair open, in words.
   * @param isEarlyOk whether all agrees that is held against each other before an update and soon after the first.
   */
  readonly judge: (isEarlyOk: boolean) => { readonly verdict: Verdict; readonly reason: string }
}

/** Steps after which a loss that was evaluated is not finite, though all that were trained on are; undefined where none is. */
function evaluatedSteps({ epochs, losses }: RunRecord): number | undefined {
  const first = epochs.findIndex(({ evaluations }) =>
    Object.values(evaluations).some(({ loss }) => !Number.isFinite(loss)),
  )
  return first < 0 ? undefined : Math.round(((first + 1) * losses.length) / epochs.length)
}

/** Steps that a run trained in finite numbers, whether it ended there or went on; undefined where all are. */
function finiteSteps(record: RunRecord): number | undefined {
  const first = record.losses.findIndex((loss) => !Number.isFinite(loss))
  return record.end.nonFinite?.step ?? (first < 0 ? evaluatedSteps(record) : first)
}

function placeText(record: RunRecord): string | undefined {
  const step = finiteSteps(record)
  if (step === undefined) return undefined
  const { end, losses } = record
  if (end.nonFinite === undefined && losses.every(Number.isFinite)) return `the evaluation after step ${step}`
  return nonFinitePlaceText(end.nonFinite ?? { step, loss: Number(losses[step]) })
}

function reasonOf(a: RunRecord, b: RunRecord): string {
  const [left, right] = [placeText(a), placeText(b)]
  if (left === right) return `both left the finite numbers at ${left}`
  if (left === undefined) return `${b.backend} left the finite numbers at ${right}, ${a.backend} did not`
  if (right === undefined) return `${a.backend} left the finite numbers at ${left}, ${b.backend} did not`
  return `${a.backend} left the finite numbers at ${left}, ${b.backend} at ${right}`
}

/** The reason for which runs that left them at different steps are left open, in words; undefined where that is a fault. */
function openText(a: RunRecord, b: RunRecord, shared: number, limits: RoundingLimits): string | undefined {
  const havePartedBefore = haveParted(lossDistances(a, b).slice(0, shared), a.precision)
  return havePartedBefore ? 'their losses had parted before, as rounding makes them' : limits.decisionText(shared)
}

/** Undefined where both runs stayed in finite numbers. */
export function divergenceOf(a: RunRecord, b: RunRecord, limits: RoundingLimits): Divergence | undefined {
  const [left, right] = [finiteSteps(a), finiteSteps(b)]
  if (left === undefined && right === undefined) return undefined
  const shared = Math.min(left ?? a.losses.length, right ?? b.losses.length)
  const reason = reasonOf(a, b)
  const judge: Divergence['judge'] = (isEarlyOk) => {
    // Of a run that was never finite nothing is there to compare.
    if (shared > 0 && !isEarlyOk) return { verdict: 'disagree', reason }
    if (left === right) return { verdict: 'diverged', reason }
    const open = openText(a, b, shared, limits)
    return open === undefined
      ? { verdict: 'disagree', reason }
      : { verdict: 'inconclusive', reason: `${reason}; ${open}` }
  }
  return { shared, judge }
}
