/** A sine curve with noise. */
import { generated } from '../../record.js'
import { amount, drawn, numbers, seed } from './drawn.js'

/** y = sin(x) + noise on [-pi, pi). */
export const sine = generated({
  from: 'generator',
  about: 'y = sin(x) with noise, 2,000 + 500 samples or any number: a regression',
  settings: { seed, noise: amount(0.1) },
  make: (settings, size) =>
    drawn('sine', settings.seed, size, { x: numbers(1), y: numbers() }, (stream) => {
      const x = Math.PI * (2 * stream.uniform() - 1)
      return { x: [x], y: [Math.sin(x) + settings.noise * stream.normal()] }
    }),
})
