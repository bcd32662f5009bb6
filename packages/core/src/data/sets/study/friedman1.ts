/** Friedman's first function. */
import { generated } from '../../record.js'
import { amount, drawn, numbers, seed } from './drawn.js'

/**
 * y = 10 sin(pi x1 x2) + 20 (x3 - 1/2)^2 + 10 x4 + 5 x5 + noise of ten uniform numbers, five of which do not count.
 * Friedman, The Annals of Statistics 19 (1991).
 */
export const friedman1 = generated({
  from: 'generator',
  about: 'Friedman #1, ten numbers of which five count, 2,000 + 500 samples or any number: a regression',
  settings: { seed, noise: amount(1) },
  make: (settings, size) =>
    drawn('friedman1', settings.seed, size, { x: numbers(10), y: numbers() }, (stream) => {
      const x = Array.from({ length: 10 }, () => stream.uniform())
      const [x1 = 0, x2 = 0, x3 = 0, x4 = 0, x5 = 0] = x
      const signal = 10 * Math.sin(Math.PI * x1 * x2) + 20 * (x3 - 0.5) ** 2 + 10 * x4 + 5 * x5
      return { x, y: [signal + settings.noise * stream.normal()] }
    }),
})
