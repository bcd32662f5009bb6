/** Two circles, one inside the other. */
import * as z from 'zod/mini'
import { generated } from '../../record.js'
import { amount, category, drawn, numbers, seed } from './drawn.js'

const factor = z._default(z.number().check(z.gt(0), z.lt(1)), 0.5)

/**
 * r (cos a, sin a) for a in [0, 2 pi), with r = 1 outside and r = `factor` inside, and noise: `make_circles` of
 * scikit-learn.
 */
export const circles = generated({
  from: 'generator',
  about: 'a circle within a circle, 2,000 + 500 samples or any number: two categories',
  settings: { seed, noise: amount(0.1), factor },
  make: ({ noise, ...settings }, size) =>
    drawn('circles', settings.seed, size, { x: numbers(2), y: category(['outer', 'inner']) }, (stream) => {
      const y = stream.below(2)
      const angle = 2 * Math.PI * stream.uniform()
      const radius = y === 0 ? 1 : settings.factor
      const x = [Math.cos(angle), Math.sin(angle)].map((part) => radius * part + noise * stream.normal())
      return { x, y: [y] }
    }),
})
