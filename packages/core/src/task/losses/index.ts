/** All losses by name. The first that suits a task's target is its default. Adding one adds its file and its line here. */
import type { Table } from '../../registry/settings.js'
import { binaryCrossEntropy, softmaxCrossEntropy, softmaxCrossEntropyOneHot } from './cross-entropy.js'
import { categoricalHinge, hinge, squaredHinge } from './hinge.js'
import { huber, smoothL1 } from './huber.js'
import { klDivergence } from './kl-divergence.js'
import { logCosh } from './log-cosh.js'
import type { LossRecord } from './loss.js'
import { meanAbsoluteError } from './mean-absolute-error.js'
import { meanSquaredError } from './mean-squared-error.js'
import { output } from './output.js'

/** Every loss that an experiment can name. */
export const losses = {
  softmaxCrossEntropy,
  softmaxCrossEntropyOneHot,
  binaryCrossEntropy,
  meanSquaredError,
  meanAbsoluteError,
  huber,
  smoothL1,
  logCosh,
  hinge,
  squaredHinge,
  categoricalHinge,
  klDivergence,
  output,
} satisfies Table<LossRecord>
