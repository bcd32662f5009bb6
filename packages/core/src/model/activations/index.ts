/** All activations by name. Adding one adds its lines here. */
import type { Table } from '../../registry/settings.js'
import type { ActivationRecord } from './activation.js'
import { elu, selu, softplus } from './exponential.js'
import { gelu, geluTanh } from './gaussian.js'
import { leakyRelu, linear, relu, softsign } from './piecewise.js'
import { sigmoid, silu, softmax, tanh } from './sigmoidal.js'

/** Every activation that an experiment can name. */
export const activations = {
  linear,
  relu,
  leakyRelu,
  sigmoid,
  tanh,
  softsign,
  softmax,
  elu,
  selu,
  softplus,
  silu,
  gelu,
  geluTanh,
} satisfies Table<ActivationRecord>
