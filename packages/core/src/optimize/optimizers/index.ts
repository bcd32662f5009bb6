/** All optimizers by name. Adding one adds its file and its line here. */
import type { Table } from '../../registry/settings.js'
import { adadelta } from './adadelta.js'
import { adagrad } from './adagrad.js'
import { adam } from './adam.js'
import { adamax } from './adamax.js'
import { adamw } from './adamw.js'
import { asgd } from './asgd.js'
import { lbfgs } from './lbfgs/index.js'
import { lion } from './lion.js'
import { muon } from './muon.js'
import { nadam } from './nadam.js'
import type { OptimizerRecord } from './optimizer.js'
import { radam } from './radam.js'
import { rmsprop } from './rmsprop.js'
import { rprop } from './rprop.js'
import { sgd } from './sgd.js'
import { sparseAdam } from './sparse-adam.js'

/** Every optimizer that an experiment can name. */
export const optimizers = {
  sgd,
  adam,
  adamw,
  sparseAdam,
  adadelta,
  adagrad,
  rmsprop,
  rprop,
  asgd,
  nadam,
  radam,
  adamax,
  lion,
  muon,
  lbfgs,
} satisfies Table<OptimizerRecord>
