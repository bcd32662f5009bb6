/** Every tolerance of every check by name, with its default and its reason in one table. */
import { InputError } from '../errors.js'
import { didYouMean } from '../nearest.js'
import type { FloatDType } from '../tensor.js'
import { FINAL_TOLERANCE } from './finals.js'

/** One tolerance. */
interface Tolerance {
  /** The measure that it limits; printed beside it. */
  readonly about: string
  readonly float32: number
  readonly float64: number
}

/** All tolerances. Where one number stands for both precisions it is a multiple of something that scales by itself. */
export const toleranceTable = {
  ops: {
    about: 'error of an element as a multiple of its rigorous rounding bound',
    float32: 1,
    float64: 1,
  },
  precision: {
    about: 'errors of a sum as a multiple of those that plain loops of the same dtype make on the same numbers',
    float32: 6,
    float64: 6,
  },
  functions: {
    about: 'errors of a function of single numbers as a multiple of those of sound implementations in the same dtype',
    float32: 1.5,
    float64: 1.5,
  },
  forward: { about: 'relative error of the norm of a layer in the forward pass', float32: 1e-5, float64: 1e-13 },
  loss: { about: 'relative error of the loss', float32: 1e-5, float64: 1e-13 },
  activationGradient: {
    about: "relative error of the norm of a gradient of a layer's activations",
    float32: 1e-4,
    float64: 1e-12,
  },
  gradient: { about: "relative error of the norm of a parameter's gradient", float32: 1e-4, float64: 1e-12 },
  cosine: {
    about: "1 - cosine between a parameter's gradient and the exact one",
    float32: 1e-8,
    float64: 1e-15,
  },
  update: { about: "relative error of the norm of a parameter's change in one step", float32: 1e-4, float64: 1e-12 },
  state: { about: 'relative error of the norm of an optimizer or layer state', float32: 1e-4, float64: 1e-12 },
  noise: {
    about: 'multiple of the measured rounding noise that widens the tolerances of a step',
    float32: 32,
    float64: 32,
  },
  run: { about: 'distance of two trainings as a multiple of the measured noise floor', float32: 16, float64: 16 },
  final: { about: 'standard errors that finals may be apart', float32: FINAL_TOLERANCE, float64: FINAL_TOLERANCE },
  firstLoss: {
    about: 'relative difference of two records in the loss of the first step',
    float32: 1e-6,
    float64: 1e-13,
  },
  firstGradient: {
    about: 'relative difference of two records in the gradient norms of the first step',
    float32: 1e-5,
    float64: 1e-12,
  },
  earlyLoss: {
    about: 'relative difference of two records in the losses of the first ten updates',
    float32: 1e-3,
    float64: 1e-9,
  },
  losses: {
    about: 'relative difference of two records in the loss of any step; not judged unless given',
    float32: Number.POSITIVE_INFINITY,
    float64: Number.POSITIVE_INFINITY,
  },
  weights: {
    about: 'relative distance of the final weights of two records; not judged unless given',
    float32: Number.POSITIVE_INFINITY,
    float64: Number.POSITIVE_INFINITY,
  },
} as const satisfies Record<string, Tolerance>

/** Name of a tolerance. */
export type ToleranceName = keyof typeof toleranceTable

/** Names of all tolerances. */
export const toleranceNames = Object.keys(toleranceTable) as readonly ToleranceName[]

/** Tolerances of one check. */
export interface Tolerances extends Readonly<Record<ToleranceName, number>> {
  /** Those set by hand. They decide: what exceeds one is a fault, whatever explains it. */
  readonly given: readonly ToleranceName[]
}

/** Tolerances set by hand. */
export type ToleranceOverrides = Readonly<Partial<Record<ToleranceName, number>>>

/** A number that is more than its tolerance. */
export interface Excess {
  readonly toleranceName: ToleranceName
  readonly measured: number
  readonly tolerance: number
}

/** The defaults of a precision with what is set by hand. */
export function tolerancesFor(precision: FloatDType, overrides: ToleranceOverrides = {}): Tolerances {
  const entries = toleranceNames.map((name) => [name, overrides[name] ?? toleranceTable[name][precision]])
  const values = Object.fromEntries(entries) as Record<ToleranceName, number>
  return { ...values, given: toleranceNames.filter((name) => overrides[name] !== undefined) }
}

/** True if a tolerance was set by hand: itself, or the `noise` that would widen it. */
export function isGiven(name: ToleranceName, { given }: Tolerances): boolean {
  return given.includes(name) || given.includes('noise')
}

function isToleranceName(name: string): name is ToleranceName {
  return Object.hasOwn(toleranceTable, name)
}

/** Reads `NAME=value` texts. @throws InputError naming the nearest tolerance, or what a value must be. */
export function parseTolerances(texts: readonly string[]): ToleranceOverrides {
  const overrides: Partial<Record<ToleranceName, number>> = {}
  for (const text of texts) {
    const [name = '', value = '', ...rest] = text.split('=')
    if (!isToleranceName(name)) {
      const guess = didYouMean(name, toleranceNames)
      throw new InputError('core', `tolerance "${name}" does not exist${guess} There are: ${toleranceNames.join(', ')}`)
    }
    const number = value.trim() === '' ? Number.NaN : Number(value)
    if (rest.length > 0 || !(number >= 0)) {
      throw new InputError('core', `tolerance ${name}: expected NAME=number, zero or more, got "${text}"`)
    }
    overrides[name] = number
  }
  return overrides
}
