/** Whether a computed chain is the published one: every number within what three printed digits leave open. */
import { publishedChains } from '../spec/presets/published.js'
import type { ChainUnit } from '../train/chain.js'

/** How far a computed chain is from the published one. */
export interface ChainReproduction {
  /** The number that is farthest from the published one; undefined where nothing is published. */
  readonly worst:
    | { readonly unit: number; readonly field: PublishedField; readonly published: number; readonly difference: number }
    | undefined
  readonly verdict: 'reproduced' | 'not reproduced' | 'nothing published'
}

/** Numbers of a unit that are published. */
export type PublishedField = 'activation' | 'derivative' | 'derivativeProduct'

/** Printed with three digits, some cut off instead of rounded. */
const TOLERANCE = 0.001

/** What is missing or no number is infinitely far. */
function distance(got: number | undefined, published: number): number {
  const difference = Math.abs((got ?? Number.NaN) - published)
  return Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference
}

/** Judges the units of one arm. */
export function chainReproductionOf(preset: string, arm: string, units: readonly ChainUnit[]): ChainReproduction {
  const expected = publishedChains[preset]?.[arm]
  if (expected === undefined) return { worst: undefined, verdict: 'nothing published' }
  const differences = (Object.keys(expected) as PublishedField[]).flatMap((field) =>
    expected[field].map((value, i) => ({
      unit: i + 1,
      field,
      published: value,
      difference: distance(units[i]?.[field], value),
    })),
  )
  const worst = differences.reduce((largest, each) => (each.difference <= largest.difference ? largest : each))
  return { worst, verdict: worst.difference <= TOLERANCE ? 'reproduced' : 'not reproduced' }
}
