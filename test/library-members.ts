/**
 * Everything that an experiment can name, in arms small enough to be trained on every backend. That nothing is missing
 * is `acceptance/library-members.test.ts`.
 */
import { type ArmSpec, builtins, type FloatDType, type Spec } from '@isograd/core'
import type { BackendName } from './backends.js'
import { layersAround, noiseArm } from './lockstep.js'

/** The backends and dtypes that are held against the reference. */
export const configurations: readonly (readonly [BackendName, FloatDType])[] = [
  ['onnx', 'float32'],
  ['onnx', 'float64'],
  ['tfjs-wasm', 'float32'],
  ['tfjs-cpu', 'float32'],
]

/** Fields of an experiment. */
export type Changes = Readonly<Record<string, unknown>>

/** Settings of each optimizer that differ in what they compute. */
const optimizerSettings: Readonly<Record<string, Readonly<Record<string, Changes>>>> = {
  sgd: {
    plain: { learningRate: 0.1 },
    momentum: { learningRate: 0.1, momentum: 0.9, dampening: 0.5 },
    nesterov: { learningRate: 0.1, momentum: 0.9, nesterov: true, weightDecay: 0.01 },
  },
  adam: {
    torch: {},
    keras: { formulation: 'keras' },
    amsgrad: { amsgrad: true, weightDecay: 0.01 },
  },
  sparseAdam: { plain: {} },
  adadelta: { plain: {}, decayed: { rho: 0.5, weightDecay: 0.01 } },
  adagrad: { plain: {}, decayed: { learningRateDecay: 0.1, initialAccumulator: 0.1, weightDecay: 0.01 } },
  rmsprop: { plain: {}, centered: { centered: true, momentum: 0.9, weightDecay: 0.01 } },
  rprop: { plain: {}, narrow: { minStep: 0.009, maxStep: 0.011 } },
  asgd: { plain: {}, averaging: { t0: 1, lambda: 0.1, weightDecay: 0.01 } },
  adamw: { torch: {}, keras: { formulation: 'keras' } },
  nadam: { torch: {}, keras: { formulation: 'keras' } },
  radam: { plain: { learningRate: 0.1 } },
  adamax: { torch: {}, keras: { formulation: 'keras' } },
  lion: { plain: { learningRate: 0.001 } },
  muon: { torch: {}, keras: { formulation: 'keras' } },
  lbfgs: {
    fixed: { maxIterations: 3, learningRate: 0.1 },
    strongWolfe: { maxIterations: 3, lineSearch: 'strongWolfe', history: 2 },
  },
}

const optimizerArms = Object.entries(optimizerSettings).flatMap(([type, variants]) =>
  Object.entries(variants).map(([name, settings]): [string, Changes] => [
    `optimizer ${type}, ${name}`,
    { optimizer: { type, ...settings } },
  ]),
)

const activationSettings: Readonly<Record<string, readonly Changes[]>> = {
  linear: [{}],
  relu: [{}],
  leakyRelu: [{}, { slope: 0.3 }],
  sigmoid: [{}],
  tanh: [{}],
  softsign: [{}],
  softmax: [{}],
  elu: [{}, { alpha: 0.5 }],
  selu: [{}],
  softplus: [{}, { beta: 3 }],
  silu: [{}],
  gelu: [{}],
  geluTanh: [{}],
}

/** Every activation, with and without settings. */
export const activationSpecs: readonly Spec[] = Object.entries(activationSettings).flatMap(([type, variants]) =>
  variants.map((settings) => noiseArm({ activation: { type, ...settings } }, 'float32').activation),
)

const activationArms = activationSpecs.map((spec): [string, Changes] => [
  `activation ${JSON.stringify(spec)}`,
  { activation: spec },
])

/** What initializers need to be told. */
const initializerSettings: Readonly<Record<string, Changes>> = {
  constant: { value: 0.1 },
  randomUniform: { min: -0.5, max: 0.5 },
  randomNormal: { sd: 0.3 },
}

const listed = (count: number): Changes => ({
  type: 'values',
  values: Array.from({ length: count }, (_, i) => Math.sin(i)),
})

/** A model whose inner layer is told every number. */
const listedModel = layersAround([
  { type: 'dense', units: 12 },
  { type: 'activation' },
  { type: 'dense', units: 8, weights: listed(96), biases: listed(8) },
])

const initializerArms = Object.keys(builtins.initializers).flatMap((type): [string, Changes][] => {
  // Every number of one tensor: no two parameters have the same shape.
  if (type === 'values') return [['initializer values', { model: listedModel }]]
  const spec = { type, ...initializerSettings[type] }
  // A bias has one axis, and no matrix does.
  const biases = type === 'orthogonal' || type === 'identity' ? { type: 'zeros' } : spec
  return [[`initializer ${type}`, { initializers: { weights: spec, biases } }]]
})

const dense = { type: 'dense', units: 12 }
const activation = { type: 'activation' }

/** Hidden layers with each kind of layer in them. Batch normalisation takes away the mean, so no bias goes before it. */
const layerArms: [string, Changes][] = Object.entries({
  dropout: [dense, activation, { type: 'dropout', rate: 0.3 }, dense, activation, { type: 'dropout' }],
  batchNorm: [{ ...dense, bias: false }, { type: 'batchNorm' }, activation],
  prelu: [dense, { type: 'prelu' }, dense, { type: 'prelu', slope: -0.5 }],
  residual: [dense, { type: 'residual', layers: [dense, activation, { type: 'residual', layers: [dense] }] }],
  repeat: [{ type: 'repeat', times: 3, layers: [dense, activation] }],
}).map(([name, layers]) => [`layer ${name}`, { model: layersAround(layers) }])

const inputs = ['image']

const lossArms: [string, Changes][] = [
  ['loss softmaxCrossEntropy', { loss: 'softmaxCrossEntropy' }],
  ['loss softmaxCrossEntropyOneHot', { loss: 'softmaxCrossEntropyOneHot' }],
  ['loss binaryCrossEntropy', { task: { type: 'multilabel', target: 'flags', inputs } }],
  ['loss meanSquaredError', { task: { type: 'regression', target: 'numbers', inputs } }],
  ...['meanAbsoluteError', 'huber', 'smoothL1', 'logCosh'].map((loss): [string, Changes] => [
    `loss ${loss}`,
    { task: { type: 'regression', target: 'numbers', inputs }, loss },
  ]),
  ...['hinge', 'squaredHinge'].map((loss): [string, Changes] => [
    `loss ${loss}`,
    { task: { type: 'multilabel', target: 'flags', inputs }, loss },
  ]),
  ['loss categoricalHinge', { loss: 'categoricalHinge' }],
  ['loss klDivergence', { task: { type: 'distribution', target: 'shares', inputs }, loss: 'klDivergence' }],
  ['loss output', { task: { type: 'untargeted', inputs } }],
]

/** Both clippings, so tight that they are at work. */
export const clippingArms: readonly [string, Changes][] = [
  ['clipping by norm', { clipping: { type: 'norm', maxNorm: 0.05 } }],
  ['clipping by value', { clipping: { type: 'value', limit: 0.005 } }],
]

const arms = [...optimizerArms, ...activationArms, ...initializerArms, ...layerArms, ...lossArms, ...clippingArms]

/** Every arm, by what it is there for. */
export function armsIn(precision: FloatDType): [string, ArmSpec][] {
  return arms.map(([name, changes]) => [name, noiseArm(changes, precision)])
}
