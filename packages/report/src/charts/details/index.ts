/** Charts by kind of details. Adding one adds its file and its line here. */
import type { DetailKind } from '@isograd/core/compare'
import { confusionCharts } from './confusion.js'
import type { DetailCharts } from './detail.js'
import { pointsCharts } from './points.js'
import { reliabilityCharts } from './reliability.js'

/** The charts of every kind. */
export const detailCharts: { readonly [K in DetailKind]: DetailCharts<K> } = {
  confusion: confusionCharts,
  points: pointsCharts,
  reliability: reliabilityCharts,
}
