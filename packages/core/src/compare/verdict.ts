/**
 * Findings of a check as plain data, and one verdict over them. Every mode of checking ends here, and every way of
 * printing begins here.
 */
import type { OpName } from '../ir/ops/index.js'
import type { ToleranceName } from './tolerances.js'

/** The ways to check. */
export type CheckMode = 'ops' | 'step' | 'run' | 'trace' | 'record'

/** Where in a training step something was found: a stage that lowering set, or `state`, which is what one step hands to the next. */
export type FindingStage = string

/** A fault decides the verdict; a remark is told and decides nothing. */
export type Severity = 'fault' | 'remark'

/** Something that was found. What does not apply is absent. */
export interface Finding {
  readonly severity: Severity
  readonly mode: CheckMode
  /** One of `findingKinds`. */
  readonly kind: FindingKind
  /** The backend at fault; for a difference that no third opinion decides, both, joined by " and ". */
  readonly backend: string
  readonly arm?: string
  readonly operation?: OpName
  readonly node?: string
  readonly layer?: string
  readonly stage?: FindingStage
  /** The parameter or state, where it is about one. */
  readonly tensor?: string
  /** Step of the training, from 0. */
  readonly step?: number
  /** The measured number, compared with `tolerance`. Infinite where nothing but equality passes. */
  readonly measured?: number
  readonly tolerance?: number
  /** Name of this tolerance. */
  readonly toleranceName?: ToleranceName
  /** The smallest tolerance under which it would not be there, rounded up; absent where there is none. */
  readonly smallestTolerance?: number
  /** The cause, where it is known: the step that was done in the place of the one asked for. Of traces alone. */
  readonly cause?: string
  /** All of it for people, in one or two sentences. */
  readonly sentence: string
}

/** Kinds of findings, and what each means. */
export const findingKinds = {
  operation: 'an operation is further from its float64 evaluation than any rounding explains',
  precision: 'an operation is less precise than its dtype, though within its worst-case bound',
  overflow: 'values left the range of their dtype, as they must',
  underflow: 'values vanish below the range of their dtype, as they may',
  loss: 'the loss is out of tolerance',
  gradient: "a parameter's gradient is out of tolerance",
  update: "a parameter's change is out of tolerance",
  state: 'what a step hands on is not what it computed, or is out of tolerance',
  scan: 'many steps at once are not the same as one by one',
  observation: 'looking at intermediate values changes the result',
  nondeterminism: 'the same work twice gives different bits',
  mutation: 'the backend writes to what it was lent',
  amplification: 'a difference out of tolerance that single roundings explain: the network amplifies them',
  trajectory: 'free training departs by more than the noise floor',
  final: 'finals differ by more than chance',
  missing: 'something that should be compared is not there',
  record: 'two records differ by more than a tolerance',
} as const

/** Kind of a finding. */
export type FindingKind = keyof typeof findingKinds

/** A backend that could not do what it was asked. What does not apply, or is not known, is absent. */
export interface CheckFailure {
  readonly backend: string
  readonly mode: CheckMode
  readonly arm?: string
  /** The first operation at which it fails, with its place. */
  readonly operation?: OpName
  readonly node?: string
  readonly layer?: string
  readonly stage?: FindingStage
  readonly step?: number
  readonly message: string
}

/** The answers to "do they agree?"; `diverged`: both trainings left the finite numbers, at the same step. */
export type Verdict = 'agree' | 'disagree' | 'inconclusive' | 'diverged'

/** A verdict with its reason in a sentence. */
export interface Judgement {
  readonly verdict: Verdict
  readonly reason: string
  /** Of an open verdict: what would decide it. */
  readonly needs?: {
    /** So many in all. */
    readonly seeds: number
  }
}

/** True where a finding or a failure is of a backend, or of two of which it is one. */
export function concerns(found: string, backend: string): boolean {
  return found === backend || found.split(' and ').includes(backend)
}

/** The smallest tolerance under which a finding would not be there, rounded up; undefined where there is none. */
export function smallestTolerance({ measured, toleranceName }: Finding): number | undefined {
  if (measured === undefined || toleranceName === undefined || !Number.isFinite(measured)) return undefined
  const digits = 10 ** (2 - Math.floor(Math.log10(measured)))
  return Math.ceil(measured * digits) / digits
}

/** The finding with the smallest tolerance that would have let it pass; `worst` is the same thing where it is worst. */
export function withSmallestTolerance(finding: Finding, worst: Finding = finding): Finding {
  const smallest = smallestTolerance(worst)
  return smallest === undefined ? finding : { ...finding, smallestTolerance: smallest }
}

/** The verdict over findings; `compared` counts what was held against something, and nothing is never a pass. */
export function judge(findings: readonly Finding[], compared: number): Judgement {
  const faults = findings.filter(({ severity }) => severity === 'fault')
  const [first] = faults
  if (first !== undefined) {
    const more = faults.length === 1 ? '' : ` (and ${faults.length - 1} more)`
    return { verdict: 'disagree', reason: `${first.sentence}${more}` }
  }
  if (compared === 0) return { verdict: 'inconclusive', reason: 'nothing was compared' }
  const amplified = findings.filter(({ kind }) => kind === 'amplification').length
  if (amplified === 0) return { verdict: 'agree', reason: 'everything compared is within tolerance' }
  const out = `${amplified} value${amplified === 1 ? '' : 's'} out of tolerance`
  return { verdict: 'agree', reason: `no operation is wrong: ${out} by rounding that the network amplifies` }
}

/** The judgement over a mode in which backends failed: what they did not do is not compared, so that it is no pass. */
export function despiteFailures(failures: readonly CheckFailure[], judgement: Judgement): Judgement {
  const [first] = failures
  if (first === undefined || judgement.verdict !== 'agree') return judgement
  const names = [...new Set(failures.map(({ backend }) => backend))].join(', ')
  return { verdict: 'inconclusive', reason: `${names} failed and could not be compared: ${first.message}` }
}

const weight: Readonly<Record<Verdict, number>> = { agree: 0, inconclusive: 1, diverged: 2, disagree: 3 }

/** One judgement over several: the gravest, and without any it is inconclusive. */
export function combine(judgements: readonly Judgement[]): Judgement {
  const [gravest] = judgements.toSorted((a, b) => weight[b.verdict] - weight[a.verdict])
  return gravest ?? { verdict: 'inconclusive', reason: 'nothing was compared' }
}
