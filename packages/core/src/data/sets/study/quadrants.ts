/** Points of the plane with three flags each. */
import { generated } from '../../record.js'
import { drawn, flags, numbers, seed } from './drawn.js'

/** Points of the plane with the flags x > 0, y > 0 and x y > 0. */
export const quadrants = generated({
  from: 'generator',
  about: 'points with three flags by their quadrant, 2,000 + 500 samples or any number: several labels',
  settings: { seed },
  make: (settings, size) =>
    drawn('quadrants', settings.seed, size, { x: numbers(2), y: flags(3) }, (stream) => {
      const [first, second] = [2 * stream.uniform() - 1, 2 * stream.uniform() - 1]
      return { x: [first, second], y: [first > 0, second > 0, first * second > 0].map(Number) }
    }),
})
