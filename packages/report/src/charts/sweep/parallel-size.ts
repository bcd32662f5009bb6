/** The size of parallel coordinates: many axes take a card of their own. */
import type { ParallelChart } from '../page-data.js'

/** Axes that a narrow drawing has room for. */
export const MOST_NARROW = 6

/** Width of the drawing in user units. */
export function parallelWidth({ axes }: Pick<ParallelChart, 'axes'>): number {
  return axes.length > MOST_NARROW ? 640 : 420
}
