/** Numbers with mean 0 and standard deviation 1 over the training rows: (x - mean) / sqrt(mean of (x - mean)^2). */
import { encoding, numbersOf, rescaled, seenNumbers, sumOf } from './encoding.js'

function* squares(numbers: Iterable<number>, mean: number): Generator<number> {
  for (const value of numbers) yield (value - mean) ** 2
}

/** `"encoding": "standardise"`; a column of one value alone is only centred. */
export const standardise = encoding({
  about: 'numbers with mean 0 and standard deviation 1 over the training rows',
  fit: (context) => {
    const before = numbersOf(context)
    const { sum, count } = sumOf(seenNumbers(context.raw, before))
    if (count === 0) return context.fail('expected at least one value, all are missing')
    const mean = sum / count
    const deviation = Math.sqrt(sumOf(squares(seenNumbers(context.raw, before), mean)).sum / count)
    return rescaled(before, mean, deviation === 0 ? 1 : deviation)
  },
})
