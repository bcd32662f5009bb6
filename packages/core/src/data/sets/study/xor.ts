/** The exclusive or of two signs: the smallest problem that no linear model solves. */
import { generated } from '../../record.js'
import { amount, category, drawn, numbers, seed } from './drawn.js'

/**
 * Points of [-1, 1)^2, whose category is 1 where exactly one of x > 0 and y > 0 holds; noise is added afterwards.
 * Minsky and Papert, "Perceptrons" (1969).
 */
export const xor = generated({
  from: 'generator',
  about: 'points whose coordinates have the same sign or not, 2,000 + 500 samples or any number: two categories',
  settings: { seed, noise: amount(0) },
  make: ({ noise, ...settings }, size) =>
    drawn('xor', settings.seed, size, { x: numbers(2), y: category(['same', 'different']) }, (stream) => {
      const [first, second] = [2 * stream.uniform() - 1, 2 * stream.uniform() - 1]
      const y = Number(first > 0 !== second > 0)
      return { x: [first + noise * stream.normal(), second + noise * stream.normal()], y: [y] }
    }),
})
