/** The errors of one operation on one backend, gathered by sign and exponent of the first operand as slices come. */
import { floatFormats } from '../../numerics/rounding.js'
import type { OperandSlice } from './sample.js'
import { type SpecialFault, specialFault, unitsOff } from './units.js'

/** Operands with what came of them, and the exact value. */
export interface AtlasPoint {
  /** The operands. */
  readonly operands: readonly number[]
  readonly got: number
  readonly exact: number
}

/** A result with its error. */
export interface WorstPoint extends AtlasPoint {
  /** Its error in units in the last place. */
  readonly units: number
}

/** The largest error of a sign and an exponent. */
export interface ExponentWorst extends WorstPoint {
  /** Sign and exponent as the upper nine bits: 0 to 255 for positive operands, from 256 on for negative ones. */
  readonly high: number
}

/** Results that units cannot measure. */
export interface FaultCount {
  readonly kind: SpecialFault
  /** The number of such inputs. */
  readonly count: number
  /** The first of them. */
  readonly first: AtlasPoint
}

/** All errors of an operation on a backend. */
export interface AtlasErrors {
  /** Results. */
  readonly count: number
  /** Those of them that have an error in units: neither special faults nor flushed, and no NaN. */
  readonly measured: number
  /** Results that are the nearest number, or what is right where no number is. */
  readonly nearest: number
  /** Results that are neither the nearest nor flushed. */
  readonly inexact: number
  /** Mean of the errors; 0 where nothing has one. */
  readonly mean: number
  /** Root of the mean square of the errors; 0 where nothing has one. */
  readonly rms: number
  readonly byExponent: readonly ExponentWorst[]
  readonly faults: readonly FaultCount[]
  /** Zeros of the other sign. */
  readonly zeroSigns: number
  /** Subnormal numbers that count as zero. */
  readonly flushed: {
    /** Subnormal results that came as zero. */
    readonly results: number
    /** Results that are right for operands whose subnormal numbers are zero. */
    readonly operands: number
  }
}

/** The share of results that are the nearest number, of all that are not flushed; 1 is all of them and nothing else. */
export function nearestShare({ nearest, inexact }: Pick<AtlasErrors, 'nearest' | 'inexact'>): number {
  return inexact === 0 ? 1 : Math.min(nearest / (nearest + inexact), 0.9999)
}

const { smallestNormal } = floatFormats.float32
const HIGHS = 512
const shift = 23

/** True of float32 numbers below the normal ones, but for zero. */
export function isSubnormal(value: number): boolean {
  return value !== 0 && Math.abs(value) < smallestNormal
}

function isZeroOfOtherSign(got: number, exact: number): boolean {
  return got === 0 && exact === 0 && !Object.is(got, exact)
}

/** Gathers errors. */
export class Tally {
  #count = 0
  #measured = 0
  #nearest = 0
  #sum = 0
  #squares = 0
  #zeroSigns = 0
  readonly #flushed = { results: 0, operands: 0 }
  /** By sign and exponent; behind those of normal results those of subnormal ones. */
  readonly #worstUnits = new Float64Array(2 * HIGHS).fill(-1)
  readonly #worst: (ExponentWorst | undefined)[] = []
  readonly #faults = new Map<SpecialFault, { count: number; readonly first: AtlasPoint }>()

  /** Takes in a slice; `flushed` gives the exact values for operands whose subnormal numbers are zero. */
  add(operands: OperandSlice, got: ArrayLike<number>, exact: Float64Array, flushed: () => Float64Array): void {
    const [x] = operands
    if (x === undefined) return
    const bits = new Uint32Array(x.buffer, x.byteOffset, x.length)
    this.#count += x.length
    for (let i = 0; i < x.length; i++) {
      const [own, wanted] = [got[i] as number, exact[i] as number]
      const nearest = Math.fround(wanted)
      if (own === nearest) {
        this.#nearest++
        if (own === 0 && isZeroOfOtherSign(own, wanted)) this.#zeroSigns++
      } else if (Number.isNaN(own) && Number.isNaN(nearest)) {
        this.#nearest++
        continue
      } else if (this.#isApart(operands, own, wanted, i, flushed)) continue
      this.#measure(operands, own, wanted, i, (bits[i] as number) >>> shift)
    }
  }

  #measure(operands: OperandSlice, got: number, exact: number, i: number, high: number): void {
    const units = got === exact ? 0 : unitsOff(got, exact)
    this.#measured++
    this.#sum += units
    this.#squares += units * units
    const at = isSubnormal(exact) ? HIGHS + high : high
    if (units <= (this.#worstUnits[at] as number)) return
    this.#worstUnits[at] = units
    this.#worst[at] = { high, operands: valuesAt(operands, i), got, exact, units }
  }

  /** True of what units do not measure; counts it. */
  #isApart(operands: OperandSlice, got: number, exact: number, i: number, flushed: () => Float64Array): boolean {
    const fault = specialFault(got, exact)
    if (isFlushed(got, exact)) {
      this.#flushed.results++
      return true
    }
    const values = valuesAt(operands, i)
    const isNear = fault === undefined && unitsOff(got, exact) <= 1
    if (values.some(isSubnormal) && isRightWhenFlushed(got, flushed()[i] as number, values, isNear)) {
      this.#flushed.operands++
      return true
    }
    if (fault !== undefined) this.#addFault(fault, { operands: values, got, exact })
    return fault !== undefined
  }

  #addFault(kind: SpecialFault, first: AtlasPoint): void {
    const known = this.#faults.get(kind)
    if (known === undefined) this.#faults.set(kind, { count: 1, first })
    else known.count++
  }

  /** The worst of each exponent, subnormal results apart: what is many units of them may be little of a bound. */
  worst(): ExponentWorst[] {
    return this.#worst.flatMap((worst) => worst ?? []).toSorted((a, b) => a.high - b.high)
  }

  /** The largest errors of normal and of subnormal results. */
  #unitsAt(high: number): [normal: number, subnormal: number] {
    return [this.#worstUnits[high] as number, this.#worstUnits[HIGHS + high] as number]
  }

  /** All that was gathered. */
  result(): AtlasErrors {
    const measured = Math.max(1, this.#measured)
    return {
      count: this.#count,
      measured: this.#measured,
      nearest: this.#nearest,
      inexact: this.#count - this.#nearest - this.#flushed.results - this.#flushed.operands,
      mean: this.#sum / measured,
      rms: Math.sqrt(this.#squares / measured),
      byExponent: this.worst().filter(({ high, units }) => units === Math.max(...this.#unitsAt(high))),
      faults: [...this.#faults].map(([kind, found]) => ({ kind, ...found })),
      zeroSigns: this.#zeroSigns,
      flushed: { ...this.#flushed },
    }
  }
}

function valuesAt(operands: OperandSlice, i: number): number[] {
  return operands.map((operand) => operand[i] as number)
}

/** True of zero in the place of what is below the normal numbers before it is rounded. */
function isFlushed(got: number, exact: number): boolean {
  return got === 0 && isSubnormal(exact)
}

/**
 * True of what is within a unit, or as special as it must be, where subnormal numbers are zero: they may be flushed, and an
 * operand that is passed on as it is counts as zero.
 */
function isRightWhenFlushed(got: number, exact: number, operands: readonly number[], isNear: boolean): boolean {
  // What is right within a unit as it is must be the very number to be taken for another thing.
  if (isNear) return got === Math.fround(exact)
  if (specialFault(got, exact) !== undefined) return false
  if (isFlushed(got, exact) || (exact === 0 && isSubnormal(got) && operands.includes(got))) return true
  return Number.isNaN(got) || unitsOff(got, exact) <= 1
}
