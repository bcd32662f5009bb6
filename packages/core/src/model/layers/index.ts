/** All layers by name. Adding one adds its file and its line here. */
import type { Table } from '../../registry/settings.js'
import { activation } from './activation.js'
import { batchNorm } from './batch-norm.js'
import { dense } from './dense.js'
import { dropout } from './dropout.js'
import { flatten } from './flatten.js'
import type { LayerRecord } from './layer.js'
import { prelu } from './prelu.js'
import { repeat } from './repeat.js'
import { residual } from './residual.js'

/** Every layer that an experiment can name. */
export const layers = {
  flatten,
  dense,
  activation,
  prelu,
  dropout,
  batchNorm,
  residual,
  repeat,
} satisfies Table<LayerRecord>
