/** The adding problem: a sequence of numbers, two of which are marked. */
import { generated } from '../../record.js'
import { drawn, numbers, seed, whole } from './drawn.js'

/**
 * Pairs of a number, uniform in [0, 1), and a mark, which is 1 for one pair of the first half and one of the second and 0
 * elsewhere; y is the sum of the two marked numbers. To answer 1 always costs a mean squared error of 1/6.
 * Hochreiter and Schmidhuber, "Long short-term memory", Neural Computation 9 (1997), experiment 4; in the form of
 * Arjovsky, Shah and Bengio, "Unitary evolution recurrent neural networks", arXiv:1511.06464.
 */
export const adding = generated({
  from: 'generator',
  about: 'the adding problem, the sum of two marked numbers of a sequence, 2,000 + 500 samples: a regression',
  settings: { seed, length: whole(50, 2, 10_000) },
  make: ({ length, ...settings }, size) =>
    drawn('adding', settings.seed, size, { x: numbers(length, 2), y: numbers() }, (stream) => {
      const half = Math.floor(length / 2)
      const marked = [stream.below(half), half + stream.below(length - half)]
      const terms = Array.from({ length }, () => stream.uniform())
      const x = terms.flatMap((term, time) => [term, Number(marked.includes(time))])
      return { x, y: [marked.reduce((sum, time) => sum + (terms[time] ?? 0), 0)] }
    }),
})
