/** Clouds of points about centres. */
import { generated } from '../../record.js'
import { amount, category, drawn, numbers, seed, wholeSet, whole } from './drawn.js'

/** Half a side of the cube that centres lie in. */
const REACH = 10

/**
 * Normal clouds of the standard deviation `noise` about `centres`, which are uniform in [-10, 10)^features and depend on the
 * seed alone: `make_blobs` of scikit-learn.
 */
export const blobs = generated({
  from: 'generator',
  about: 'normal clouds about centres, 2,000 + 500 samples or any number: three categories, or as many as centres',
  settings: { seed, noise: amount(1), centres: whole(3, 2, 256), features: whole(2, 1, 1000) },
  make: ({ noise, features, ...settings }, size) => {
    const common = wholeSet(settings.seed)
    const centres = Array.from({ length: settings.centres }, () =>
      Array.from({ length: features }, () => REACH * (2 * common.uniform() - 1)),
    )
    const y = category(centres.map((_, k) => `centre ${k + 1}`))
    return drawn('blobs', settings.seed, size, { x: numbers(features), y }, (stream) => {
      const nearest = stream.below(centres.length)
      const centre = centres[nearest] ?? []
      return { x: centre.map((part) => part + noise * stream.normal()), y: [nearest] }
    })
  },
})
