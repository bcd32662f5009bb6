/** Spirals that wind about each other. */
import * as z from 'zod/mini'
import { generated } from '../../record.js'
import { amount, category, drawn, numbers, seed, whole } from './drawn.js'

const turns = z._default(z.number().check(z.gt(0)), 1.5)

/**
 * r (cos a, sin a) with a = 2 pi (turns r + k / arms) for arm k and r in [0, 1), and noise. After the two spirals of Lang
 * and Witbrock, "Learning to tell two spirals apart" (1988), which are drawn there at even steps, without noise.
 */
export const spirals = generated({
  from: 'generator',
  about: 'spirals about each other, 2,000 + 500 samples or any number: two categories, or as many as arms',
  settings: { seed, noise: amount(0.02), arms: whole(2, 2, 256), turns },
  make: ({ noise, arms, ...settings }, size) => {
    const y = category(Array.from({ length: arms }, (_, k) => `arm ${k + 1}`))
    return drawn('spirals', settings.seed, size, { x: numbers(2), y }, (stream) => {
      const arm = stream.below(arms)
      const radius = stream.uniform()
      const angle = 2 * Math.PI * (settings.turns * radius + arm / arms)
      const x = [Math.cos(angle), Math.sin(angle)].map((part) => radius * part + noise * stream.normal())
      return { x, y: [arm] }
    })
  },
})
