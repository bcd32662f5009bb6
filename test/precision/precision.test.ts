/** The limit on precision, on numbers that are drawn: healthy backends stay well below it, fewer bits do not. */
import { expect, it } from 'vitest'
import { isFound, measure } from './measure.mjs'

/** Largest multiples of healthy backends: half of the limit on sums, and four fifths of that on functions. */
const HEALTHY = { precision: 3, functions: 1.2 }

it.each(['float32', 'float64'] as const)(
  'lies between healthy backends and fewer bits: %s',
  async (dtype) => {
    const all = await measure(4, 20_261_128, dtype)
    const healthy = all.filter(({ who }) => !who.includes(' '))
    expect(healthy.filter(({ ratio, multiple, heldTo }) => ratio > 1 || multiple > HEALTHY[heldTo])).toEqual([])
    // Operands of float32 short of a few bits are lost in the rounding of short sums.
    const isFormat = (who: string): boolean => dtype === 'float64' || !who.startsWith('float32 of')
    const imprecise = all.filter(
      ({ op, who, ratio }) => op === 'matmul' && who.endsWith('operands') && isFormat(who) && ratio > 0,
    )
    const found = imprecise.filter(isFound)
    expect(found.length).toBeGreaterThan(0.9 * imprecise.length)
    // Named where it is found, if the numbers are not such that nothing is certain.
    expect(found.filter(({ who, like }) => like?.startsWith(who.split(' ', 1)[0] ?? '')).length).toBeGreaterThan(
      0.8 * found.length,
    )
  },
  300_000,
)
