/** Experiments that PyTorch repeats (`vectors/traces.py`): healthy ones, and those with one cause of a difference. */

/** An experiment, the cause by its name in the script, and what must be said of it. */
export interface TraceCase {
  readonly changes: Record<string, unknown>
  readonly cause?: string
  /** The words that name the cause. */
  readonly told?: string
  /** The tensor that is told first. */
  readonly first?: string
}

const hidden = { type: 'dense', units: 5 }
const last = { type: 'dense', units: 10 }
const [flatten, activation, batchNorm] = [{ type: 'flatten' }, { type: 'activation' }, { type: 'batchNorm' }]

const models = [
  [flatten, hidden, activation, last],
  [flatten, hidden, batchNorm, activation, last],
  [flatten, hidden, activation, hidden, activation, last],
  [flatten, hidden, activation, { type: 'dropout', rate: 0.25 }, last],
]
const functions = ['relu', 'relu', 'gelu', 'tanh', 'sigmoid', 'silu', 'elu', 'leakyRelu', 'softplus', 'selu', 'relu']
const optimizers = [
  { type: 'adam' },
  { type: 'adam', weightDecay: 0.01 },
  { type: 'adamw' },
  { type: 'sgd', learningRate: 0.05, momentum: 0.9, weightDecay: 1e-4 },
  { type: 'sgd', learningRate: 0.1, momentum: 0.9, nesterov: true },
  { type: 'rmsprop', learningRate: 0.001, momentum: 0.5 },
  { type: 'nadam' },
]
const losses = [
  { type: 'softmaxCrossEntropy' },
  { type: 'softmaxCrossEntropy', labelSmoothing: 0.1 },
  { type: 'categoricalHinge' },
]

function at<T>(list: readonly T[], i: number): T {
  return list[i % list.length] as T
}

const healthy = Array.from({ length: 22 }, (_, seed): [string, TraceCase] => [
  `healthy-${seed}`,
  {
    changes: {
      seed,
      model: { layers: at(models, seed) },
      activation: { type: at(functions, seed) },
      optimizer: at(optimizers, seed),
      loss: at(losses, seed),
    },
  },
])

const dense = { model: { layers: at(models, 0) }, activation: 'relu', seed: 3 }
const normal = { ...dense, model: { layers: at(models, 1) } }
const decayed = { type: 'adam', weightDecay: 0.01 }

const caused: Readonly<Record<string, TraceCase>> = {
  'no-decay': {
    changes: { ...dense, optimizer: decayed },
    cause: 'no decay',
    told: '"optimizer.weightDecay" 0 gives',
    first: '/m',
  },
  'no-decay-decoupled': {
    changes: { ...dense, optimizer: { type: 'adamw', weightDecay: 0.05 } },
    cause: 'no decay',
    told: '"optimizer.weightDecay" 0 gives',
    first: 'dense',
  },
  coupled: {
    changes: { ...dense, optimizer: { type: 'adamw', weightDecay: 0.05 } },
    cause: 'coupled',
    told: 'optimizer adam gives',
    first: '/m',
  },
  decoupled: {
    changes: { ...dense, optimizer: { type: 'adam', weightDecay: 0.05 } },
    cause: 'decoupled',
    told: 'optimizer adamw gives',
    first: '/m',
  },
  beta1: { changes: dense, cause: 'beta1', told: '"optimizer.beta1" 0.8', first: '/m' },
  beta2: { changes: dense, cause: 'beta2', told: '"optimizer.beta2" 0.99 ', first: '/v' },
  epsilon: { changes: dense, cause: 'epsilon', told: '1000 times "optimizer.epsilon"', first: 'dense' },
  inside: { changes: dense, cause: 'inside', told: 'epsilon inside the root', first: 'dense' },
  'no-correction': { changes: dense, cause: 'no correction', told: 'without bias correction', first: 'dense' },
  rate: { changes: dense, cause: 'rate', told: '"optimizer.learningRate" 0.0012', first: 'dense' },
  momentum: {
    changes: { ...dense, optimizer: at(optimizers, 3) },
    cause: 'momentum of sgd',
    told: '"optimizer.momentum" 0.8',
    first: '/velocity',
  },
  nesterov: {
    changes: { ...dense, optimizer: at(optimizers, 4) },
    cause: 'not nesterov',
    told: '"optimizer.nesterov" false',
    first: 'dense',
  },
  sum: { changes: dense, cause: 'sum', told: 'a factor of 16 (the batch size)', first: 'loss' },
  'less-one': { changes: dense, cause: 'less one', told: 'n / (n - 1) of the batch) on it', first: 'loss' },
  doubled: { changes: dense, cause: 'doubled', told: 'a factor of 2 on', first: 'dense' },
  'scaled-update': {
    changes: dense,
    cause: 'scaled update',
    told: 'a factor of 16 (the batch size) on the gradients',
    first: '/m',
  },
  unbiased: { changes: normal, cause: 'unbiased', told: 'by the unbiased variance', first: 'loss' },
  biased: { changes: normal, cause: 'biased', told: 'the biased variance in the running one', first: '.running_var' },
  'momentum-of-statistics': { changes: normal, cause: 'momentum', told: '.momentum" 0.9', first: '.running_mean' },
  dropout: {
    changes: { ...dense, model: { layers: at(models, 3) } },
    cause: 'dropout',
    told: 'dropout without the factor',
    first: 'loss',
  },
  'two-softmaxes': {
    changes: dense,
    cause: 'two softmaxes',
    told: 'softmax behind the last layer gives',
    first: 'loss',
  },
  'sigmoid-before': {
    changes: dense,
    cause: 'sigmoid before',
    told: 'sigmoid behind the last layer gives',
    first: 'loss',
  },
  'log-softmax': { changes: dense, cause: 'log softmax' },
  'no-softmax': {
    changes: dense,
    cause: 'no softmax',
    told: 'a loss of the outputs in the place of their log-softmax gives',
    first: 'loss',
  },
  'no-log': {
    changes: dense,
    cause: 'no log',
    told: 'a loss of the probabilities in the place of their logarithms gives',
    first: 'loss',
  },
  'by-256': { changes: dense, cause: 'by 256', told: '"image" as x / 256 gives', first: 'loss' },
  'as-bytes': { changes: dense, cause: 'as bytes', told: '"image" as x gives', first: 'loss' },
  'as-bytes-deep': {
    changes: { ...dense, model: { layers: at(models, 2) }, activation: 'tanh' },
    cause: 'as bytes',
    told: '"image" as x gives',
    first: 'loss',
  },
  'as-bytes-normal': { changes: normal, cause: 'as bytes', told: '"image" as x gives', first: 'loss' },
  'by-mnist': {
    changes: dense,
    cause: 'by mnist',
    told: '"image" as (x / 255 - 0.1307) / 0.3081 gives',
    first: 'loss',
  },
  'by-others': {
    changes: dense,
    cause: 'by others',
    told: '"image" as (x / 255 - 0.4734) / 0.2515 gives',
    first: 'loss',
  },
  'by-others-smooth': {
    changes: { ...dense, activation: 'gelu' },
    cause: 'by others',
    told: '"image" as (x / 255 - 0.4734) / 0.2515 gives',
    first: 'loss',
  },
  'by-the-batch': { changes: dense, cause: 'by the batch', told: '"image" as (x / 255 - ', first: 'loss' },
  inverted: { changes: dense, cause: 'inverted', told: '"image" as x / -255 + 1 gives', first: 'loss' },
  'from-one': { changes: dense, cause: 'rolled', told: '"label" numbered from 1 gives', first: 'loss' },
  'row-behind': {
    changes: dense,
    cause: 'row behind',
    told: '"label" of the sample behind, within the batch gives',
    first: 'loss',
  },
  transposed: {
    changes: dense,
    cause: 'transposed',
    told: '"image" read in the order 1, 0 of its axes gives',
    first: 'loss',
  },
  flipped: { changes: dense, cause: 'flipped', told: '"image" backwards along axis 1 gives', first: 'loss' },
  turned: {
    changes: dense,
    cause: 'turned',
    told: '"image" read in the order 1, 0 of its axes and backwards along axis 1 gives',
    first: 'loss',
  },
  mixed: { changes: dense, cause: 'mixed', told: 'step 0)', first: 'loss' },
  smoothing: {
    changes: { ...dense, loss: at(losses, 1) },
    cause: 'smoothing',
    told: '"loss.labelSmoothing" 0 gives',
    first: 'loss',
  },
}

/** All cases by name. */
export const traceCases: Readonly<Record<string, TraceCase>> = { ...Object.fromEntries(healthy), ...caused }
