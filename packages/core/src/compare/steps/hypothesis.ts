/**
 * Parts of the records of `hypotheses.ts`, of what a program that repeats a step may do otherwise: the change, and its name. A
 * record gives choices, which are tried as they are, or numbers, whose value is sought.
 */
import type { ArmSpec } from '../../experiment/arm.js'
import type { TrainingPlan } from '../../plan/plan.js'
import type { FindingStage } from '../verdict.js'
import { otherPlan, withParsed } from './other-plans.js'
import { type ArmNumber, numbersOf, withValue } from './settings-of-arms.js'
import type { Alternative } from './traced-step.js'

/** A part of a step: loss, gradients and states of layers, or the update. */
export type StepPart = 'pass' | 'update'

/** A way in which a step may have been done. */
export interface Choice extends Alternative {
  /** The words of it, as in "it is what ... gives". */
  readonly text: string
  /** The words of what the experiment has in its place. */
  readonly asked: string
  /** The place to blame, where it is another than that of what is out. */
  readonly layer?: string
  readonly stage?: FindingStage
}

/** A number that may be another, or several that may be others together. */
export interface Unknown {
  /** As the experiment has them. */
  readonly from: readonly number[]
  readonly at: (...values: number[]) => Choice | undefined
  /** True for values that may be told; all are where it is absent. */
  readonly isAllowed?: (...values: number[]) => boolean
  /** Values that they are sought from, whichever come nearest; those of the experiment where they are absent. */
  readonly starts?: readonly (readonly number[])[]
  /** Values that are tried where what is found is near them. */
  readonly likely?: readonly number[]
}

/** A step, for those who ask what was done in its place. */
export interface Questioned {
  readonly plan: TrainingPlan
  readonly step: number
  /** Steps that the trace holds. */
  readonly steps: number
  /** True where the trace holds no state of the optimizer. */
  readonly lacksStates: boolean
  /** The largest element of the trace's gradients. */
  readonly largestGradient: number
}

/** One thing that may be otherwise. */
export interface Hypothesis {
  readonly choices?: (of: Questioned) => readonly Choice[]
  readonly unknowns?: (of: Questioned) => readonly Unknown[]
}

/** A choice of another plan; none where there is no such plan. */
export function planned(plan: TrainingPlan | undefined, words: Omit<Choice, keyof Alternative>): Choice[] {
  return plan === undefined ? [] : [{ plan, ...words }]
}

/** Numbers below it, such as epsilons, are sought from others by powers of ten: larger ones, as they do next to nothing, and smaller ones. */
const SMALL = 1e-2
const decades = Array.from({ length: 16 }, (_, i) => 10 ** (i - 8))

/** The magnitude below which a search has come to 0, from whichever side. */
const NO_NUMBER = 1e-4

/** The values that a number is sought from: a share near 1 by what it lacks, as it may lack much less. */
function startsOf(value: number): number[] {
  if (value !== 0 && Math.abs(value) < SMALL) return [value, ...decades.map((decade) => value * decade)]
  const isShare = value > 0.5 && value < 1
  return [value, ...(isShare ? [0.1, 0.01].map((decade) => 1 - (1 - value) * decade) : [])]
}

/** The plan of an arm with another number; of one that drops a state where it is 0, the least that keeps the state. */
function planWith(plan: TrainingPlan, arm: ArmSpec, path: ArmNumber['path'], other: number): TrainingPlan | undefined {
  const own = otherPlan(plan, withValue(arm, path, other))
  return own === undefined && Math.abs(other) < NO_NUMBER
    ? otherPlan(plan, withValue(arm, path, Number.MIN_VALUE))
    : own
}

/** The numbers of an arm in some of its fields. */
export function armNumbers(plan: TrainingPlan, arm: ArmSpec, fields: readonly (keyof ArmSpec)[], of = ''): Unknown[] {
  return fields.flatMap((field) =>
    numbersOf(arm[field], [field]).map(({ path, name, value }) => ({
      from: [value],
      // A number that the layer cannot have explains nothing; a learning rate below 0 is a step the wrong way.
      isAllowed: (other) => field === 'optimizer' || withParsed(plan, { ...withValue(arm, path, other) }) !== undefined,
      starts: startsOf(value).map((start) => [start]),
      at: (other: number): Choice | undefined =>
        planned(planWith(plan, arm, path, other), {
          text: `${of}"${name}" ${numberText(other, value)}`,
          asked: String(value),
        })[0],
    })),
  )
}

const powers = Array.from({ length: 41 }, (_, i) => 2 ** (i - 20))

/** A number in four digits, or in as many as tell it from another. */
export function numberText(value: number, other: number): string {
  const few = Number(value.toPrecision(4))
  return String(few === other ? Number(value.toPrecision(9)) : few)
}

/** The words for a factor: the number of rows of the batch is told. */
function factorText(factor: number, rows: number): string {
  const named: readonly [number, string][] = [
    [rows, 'the batch size'],
    [1 / rows, 'one by the batch size'],
    [rows - 1, 'the batch size less one'],
    [1 / (rows - 1), 'one by the batch size less one'],
    [rows / (rows - 1), 'n / (n - 1) of the batch'],
    [(rows - 1) / rows, '(n - 1) / n of the batch'],
  ]
  const name = named.find(([value]) => value === factor)?.[1]
  return `${numberText(factor, 1)}${name === undefined ? '' : ` (${name})`}`
}

/** A factor that is sought, the batch's own numbers and powers of two first. */
export function unknownFactor({ plan, step }: Questioned, text: string, at: (factor: number) => Alternative): Unknown {
  const n = plan.batchOf({ first: step, count: 1 })
  return {
    from: [1],
    at: (value) => ({ ...at(value), text: `a factor of ${factorText(value, n)} on ${text}`, asked: 'none' }),
    likely: [n, 1 / n, n - 1, 1 / (n - 1), n / (n - 1), (n - 1) / n, ...powers],
  }
}
