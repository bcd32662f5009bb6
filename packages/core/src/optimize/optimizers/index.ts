/** All optimizers by name. Adding one adds its file and its line here. */
import type { Table } from '../../registry/settings.js'
import { adadelta } from './adadelta.js'
import { adagrad } from './adagrad.js'
import { adam } from './adam.js'
import { asgd } from './asgd.js'
import { lbfgs } from './lbfgs/index.js'
import type { OptimizerRecord } from './optimizer.js'
import { rmsprop } from './rmsprop.js'
import { rprop } from './rprop.js'
import { sgd } from './sgd.js'
import { sparseAdam } from './sparse-adam.js'

/** Every optimizer that an experiment can name. */
export const optimizers = {
  sgd,
  adam,
  sparseAdam,
  adadelta,
  adagrad,
  rmsprop,
  rprop,
  asgd,
  lbfgs,
} satisfies Table<OptimizerRecord>
