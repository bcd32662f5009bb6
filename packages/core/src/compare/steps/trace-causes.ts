/**
 * The cause of a step of a trace that is out: steps with one thing otherwise are tried (`hypotheses.ts`), and the first
 * by which all of what is out comes within its limit is named, with the share of rounding that it leaves.
 */
import { short } from '../findings.js'
import { type Cause, partOf, Search, type Suspect } from './cause-search.js'
import { hypotheses } from './hypotheses.js'
import type { Hypothesis, StepPart } from './hypothesis.js'
import { outOfTolerance } from './step-judge.js'

/** Steps whose cause is sought in vain before no more is sought. */
const IN_VAIN = 2

/** Seeks the causes of one step after another: what explained the one before is tried first. */
export class Causes {
  readonly #tried: Record<StepPart, readonly Hypothesis[]> = { ...hypotheses }
  readonly #inVain: Record<StepPart, number> = { pass: 0, update: 0 }

  /**
   * The cause of what is out in one part of a step; undefined where none is known.
   * @param next the next step, where it is out too.
   */
  of(suspect: Suspect, part: StepPart, next?: Suspect): Cause | undefined {
    const search = searchOf(suspect, part)
    if (search === undefined || this.#inVain[part] >= IN_VAIN) return undefined
    const nextSearch = next && searchOf(next, part)
    let other: [Cause, Hypothesis] | undefined
    for (const hypothesis of this.#tried[part]) {
      for (const cause of search.causes(hypothesis, nextSearch)) {
        other ??= [cause, hypothesis]
        if (cause.next !== undefined) continue
        this.#foremost(part, hypothesis)
        return cause
      }
    }
    this.#inVain[part]++
    if (other !== undefined) this.#foremost(part, other[1])
    return other?.[0]
  }

  #foremost(part: StepPart, hypothesis: Hypothesis): void {
    this.#tried[part] = [hypothesis, ...this.#tried[part].filter((other) => other !== hypothesis)]
  }
}

/** The search for the cause of what is out in one part of a step; undefined where nothing is. */
function searchOf(suspect: Suspect, part: StepPart): Search | undefined {
  const out = outOfTolerance(suspect.quantities, suspect.tolerances).map(({ quantity }) => quantity)
  const own = out.filter((quantity) => partOf(quantity) === part)
  return own.length === 0 ? undefined : new Search(suspect, part, own)
}

/** A part of what rounding may make, in per cent. */
function shareText(share: number): string {
  return share < 0.01 ? 'less than 1 %' : `${Math.round(100 * share)} %`
}

/** The end of a sentence that names a cause. */
export function causeText({ choice: { text, asked }, left, without, next }: Cause): string {
  const gives = next === undefined ? 'gives' : `gives here, ${next}`
  const share = `${shareText(left)} of what rounding may make`
  return `; it is what ${text} ${gives}, which leaves ${share}; ${asked}, as asked for, leaves ${short(without)} times that`
}
