/** The gradient norms of two records before the first update: what must be equal whatever training does later. */
import { floatFormats } from '../../numerics/rounding.js'
import { probedNumbers, type RunRecord } from '../../records/record.js'
import { relativeDifference } from './distances.js'
import { type OpenGradient, type RoundingLimits, widened } from './rounding-limits.js'

/** A norm that the other side does not have: no number is equal to it. */
const MISSING = Number.NaN

/** Roundings of a layer's gradients that one of them may be off by, as in the tolerance `noise` of a step. */
const ROUNDINGS = 32

/** Two numbers that should be equal. */
export interface Comparison {
  readonly a: number
  readonly b: number
  /** |a - b| / max(|a|, |b|); infinite where either is not finite. */
  readonly relative: number
  readonly tolerance: number
  /** True where it is within its tolerance. */
  readonly ok: boolean
}

/** A layer's parameter gradient on both sides. */
export interface GradientComparison extends Comparison {
  readonly layer: string
  /** Name of the parameter in its layer. */
  readonly parameter: string
  readonly step: number
  /** The reason for which it tells nothing where it is out of tolerance; absent where it does. */
  readonly open?: OpenGradient
}

/** Where a difference exceeds a tolerance, that is widened to what rounding makes. */
export function toleranceFor(relative: number, given: number, rounding: number, size: number): number {
  return relative <= given ? given : widened(given, rounding, size)
}

/** The largest finite gradient norm of each layer on either side. */
function layerNorms(all: readonly { readonly layer: string; readonly value: number }[]): ReadonlyMap<string, number> {
  const norms = new Map<string, number>()
  const finite = all.filter(({ value }) => Number.isFinite(value))
  for (const { layer, value } of finite) norms.set(layer, Math.max(value, norms.get(layer) ?? value))
  return norms
}

/** Two sides that are held against each other, with the part of rounding in them. */
export interface HeldPair {
  readonly a: RunRecord
  readonly b: RunRecord
  readonly limits: RoundingLimits
}

/**
 * The gradient norms before the first update on both sides; one that is missing on either is no number. Where a sum cancels,
 * as for a bias before a normalisation, both norms are nothing but rounding of what is summed, which the layer's other
 * gradients are made of: `relative` has those for its scale where `ROUNDINGS` roundings of them are more than `given`.
 * The measured part of rounding in a gradient widens its tolerance.
 */
export function firstGradients({ a, b, limits }: HeldPair, given: number): GradientComparison[] {
  const [left, right] = [a, b].map((record) => probedNumbers(record, 'gradientNorm', 0))
  const others = new Map(right?.map(({ layer, parameter, value }) => [`${layer}.${parameter}`, value]))
  const norms = layerNorms([...(left ?? []), ...(right ?? [])])
  const largest = Math.max(...norms.values())
  const share = (ROUNDINGS * floatFormats[a.precision].unitRoundoff) / given
  return (left ?? []).map(({ layer, parameter, step, value }) => {
    const found = others.get(`${layer}.${parameter}`)
    const other = found ?? MISSING
    const scale = share * (norms.get(layer) ?? MISSING)
    const relative = relativeDifference(value, other, scale)
    const tolerance = toleranceFor(relative, given, limits.ofGradient(layer, parameter), Math.max(value, other, scale))
    const ok = Number.isFinite(relative) && relative <= tolerance
    // The same infinity or NaN twice is no number to agree on, and no difference either; nor is what rounding makes infinite.
    const isUntold = relative <= tolerance || (!Number.isFinite(value) && Object.is(value, found))
    const mayRound = limits.measured === undefined && Math.abs(value - other) <= given * share * largest
    const open = isUntold ? 'nonFinite' : mayRound ? 'unmeasured' : undefined
    return {
      layer,
      parameter,
      step,
      a: value,
      b: other,
      relative,
      tolerance,
      ok,
      ...(!ok && open && { open }),
    }
  })
}
