/** All constraints by name. Adding one adds its file and its line here. */
import type { Table } from '../../registry/settings.js'
import type { ConstraintRecord } from './constraint.js'
import { maxNorm } from './max-norm.js'
import { nonNegative } from './non-negative.js'

/** Every constraint that an experiment can name. */
export const constraints = { maxNorm, nonNegative } satisfies Table<ConstraintRecord>
