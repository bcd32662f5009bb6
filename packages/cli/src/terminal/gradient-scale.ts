/** The scale on which gradient norms are drawn by depth: whole powers of ten, four at least, and a colour for the loss. */
import type { Format } from '../text/terminal-style.js'

/** The exponents of ten at both ends of a scale. */
export type Decades = readonly [low: number, high: number]

const FEWEST_DECADES = 4

/** The whole powers of ten around norms. */
export function decadesOf(norms: readonly number[]): Decades {
  const powers = norms.map(Math.log10).filter(Number.isFinite)
  const high = powers.length === 0 ? 0 : Math.ceil(Math.max(...powers))
  const low = powers.length === 0 ? high : Math.floor(Math.min(...powers))
  return [Math.min(low, high - FEWEST_DECADES), high]
}

/** The position of a norm on a scale, from 0 to 1. */
export function positionOn([low, high]: Decades, norm: number): number {
  return (Math.log10(norm) - low) / (high - low)
}

/** Green within a decade of the last layer, yellow within three, red beyond. */
export function lossFormat(norm: number, last: number): Format {
  const lost = Math.log10(last / norm)
  return lost < 1 ? 'green' : lost < 3 ? 'yellow' : 'red'
}
