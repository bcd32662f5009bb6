/** All regularizers by name. Adding one adds its file and its line here. */
import type { Table } from '../../registry/settings.js'
import { l1, l1l2, l2 } from './norms.js'
import type { RegularizerRecord } from './regularizer.js'

/** Every regularizer that an experiment can name. */
export const regularizers = { l1, l2, l1l2 } satisfies Table<RegularizerRecord>
