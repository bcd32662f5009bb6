/** All losses by name. The first that suits a task's target is its default. Adding one adds its file and its line here. */
import type { Table } from '../../registry/settings.js'
import { binaryCrossEntropy, softmaxCrossEntropy, softmaxCrossEntropyOneHot } from './cross-entropy.js'
import type { LossRecord } from './loss.js'
import { meanSquaredError } from './mean-squared-error.js'
import { output } from './output.js'

/** Every loss that an experiment can name. */
export const losses = {
  softmaxCrossEntropy,
  softmaxCrossEntropyOneHot,
  binaryCrossEntropy,
  meanSquaredError,
  output,
} satisfies Table<LossRecord>
