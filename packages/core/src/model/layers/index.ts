/** All layers by name. Adding one adds its file and its line here. */
import type { Table } from '../../registry/settings.js'
import { add } from './add.js'
import { activation } from './activation.js'
import { batchNorm } from './batch-norm.js'
import { concatenate } from './concatenate.js'
import { dense } from './dense.js'
import { dropout } from './dropout.js'
import { flatten } from './flatten.js'
import type { LayerRecord } from './layer.js'
import { multiply } from './multiply.js'
import { permute } from './permute.js'
import { prelu } from './prelu.js'
import { repeat } from './repeat.js'
import { reshape } from './reshape.js'
import { residual } from './residual.js'
import { shared } from './shared.js'

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
  add,
  multiply,
  concatenate,
  reshape,
  permute,
  shared,
} satisfies Table<LayerRecord>
