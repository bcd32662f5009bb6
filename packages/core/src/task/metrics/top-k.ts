/** Top-k accuracy: the share of samples whose category is among the k largest logits. */
import * as z from 'zod/mini'
import { meanOfRows, rowMetric } from './metric.js'

/** `{ "type": "topKAccuracy", "k": 5 }`. Of equal logits, those of lower numbers count as larger, as in argmax. */
export const topKAccuracy = rowMetric({
  settings: { k: z._default(z.int().check(z.gte(1), z.lte(1_000_000)), 5) },
  label: ({ k }) => `top-${k} accuracy`,
  format: 'percent',
  better: 'larger',
  suits: ['category'],
  reads: 'rows',
  misfit: ({ k }, width) =>
    k < width
      ? undefined
      : { setting: 'k', expected: `fewer than the ${width} categories: of all of them one is right`, got: String(k) },
  accumulator: ({ k }, width) =>
    meanOfRows(width, 1, (output, target) => {
      const label = Number(target[0])
      const own = Number(output[label])
      const before = Array.from(output).filter((value, i) => value > own || (value === own && i < label))
      return before.length < k && !Number.isNaN(own) ? 1 : 0
    }),
})
