/**
 * Random masks: 1 with probability 1 - rate and 0 otherwise. A rate that is a multiple of 2^-16 is decided by half a random
 * word, any other by a whole one, to a multiple of 2^-32. `drawnRate` is the rate that masks have in fact, for those who
 * scale by it.
 */
import type { RandomStream } from './stream.js'

const [HALVES, WORDS] = [2 ** 16, 2 ** 32]

function isOfHalves(rate: number): boolean {
  return Number.isInteger(rate * HALVES)
}

/** The share of zeros that masks of a rate have: the rate itself to 2^-33, and 0 or 1 where it is nearer to one of them. */
export function drawnRate(rate: number): number {
  return isOfHalves(rate) ? rate : Math.round(rate * WORDS) / WORDS
}

/** Two elements from each word. */
function drawHalves(out: Uint8Array, threshold: number, stream: RandomStream): void {
  for (let i = 0; i < out.length; i += 2) {
    const word = stream.word()
    out[i] = (word & 0xffff) >= threshold ? 1 : 0
    if (i + 1 < out.length) out[i + 1] = word >>> 16 >= threshold ? 1 : 0
  }
}

/** Fills a mask: 0 with probability `drawnRate(rate)`, 1 otherwise, each element by itself. */
export function drawMask(out: Uint8Array, rate: number, stream: RandomStream): void {
  if (isOfHalves(rate)) return drawHalves(out, rate * HALVES, stream)
  const threshold = drawnRate(rate) * WORDS
  for (let i = 0; i < out.length; i++) out[i] = stream.word() >= threshold ? 1 : 0
}
