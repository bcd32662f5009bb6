/** Two interleaved half circles. */
import { generated } from '../../record.js'
import { amount, category, drawn, numbers, seed } from './drawn.js'

/** (cos a, sin a) and (1 - cos a, 1/2 - sin a) for a in [0, pi), with noise: `make_moons` of scikit-learn. */
export const moons = generated({
  from: 'generator',
  about: 'two interleaved half circles, 2,000 + 500 samples or any number: two categories',
  settings: { seed, noise: amount(0.1) },
  make: ({ noise, ...settings }, size) =>
    drawn('moons', settings.seed, size, { x: numbers(2), y: category(['upper', 'lower']) }, (stream) => {
      const side = stream.below(2)
      const angle = Math.PI * stream.uniform()
      const [cosine, sine] = [Math.cos(angle), Math.sin(angle)]
      const [first, second] = side === 0 ? [cosine, sine] : [1 - cosine, 0.5 - sine]
      return { x: [first + noise * stream.normal(), second + noise * stream.normal()], y: [side] }
    }),
})
