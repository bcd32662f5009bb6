/** All metrics by name. The first usual one that suits a task judges it. Adding one adds its file and its line here. */
import type { Table } from '../../registry/settings.js'
import { accuracy } from './accuracy.js'
import { meanAbsoluteError, meanSquaredError } from './errors.js'
import type { MetricRecord } from './metric.js'
import { r2 } from './r2.js'
import { topKAccuracy } from './top-k.js'

/** Every metric that an experiment can name. */
export const metrics = {
  accuracy,
  topKAccuracy,
  meanSquaredError,
  meanAbsoluteError,
  r2,
} satisfies Table<MetricRecord>
