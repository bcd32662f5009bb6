/** All encodings by name. Adding one adds its file and its line here. */
import type { Table } from '../../registry/settings.js'
import { category } from './category.js'
import type { EncodingRecord } from './encoding.js'
import { impute } from './impute.js'
import { minMax } from './min-max.js'
import { oneHot } from './one-hot.js'
import { ordinal } from './ordinal.js'
import { scale } from './scale.js'
import { standardise } from './standardise.js'

/** Every encoding that an experiment can name. */
export const encodings = {
  standardise,
  minMax,
  scale,
  impute,
  oneHot,
  ordinal,
  category,
} satisfies Table<EncodingRecord>
