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

const conv2d = { type: 'conv2d', filters: 4, size: 2, padding: 'same' }
const output = [{ type: 'flatten' }, { type: 'dense', units: 4 }]

/** Layers over planes and over steps, which take the samples as they lie: 4 x 4 numbers. */
const shapedArms: [string, Changes][] = Object.entries({
  conv1d: [{ type: 'conv1d', filters: 5, size: 2 }],
  conv2d: [conv2d, activation, { ...conv2d, stride: 2, groups: 2 }],
  depthwiseConv2d: [conv2d, { type: 'depthwiseConv2d', size: 3, multiplier: 2 }],
  convTranspose2d: [conv2d, { type: 'convTranspose2d', filters: 2, size: 3, stride: 2 }],
  maxPool: [conv2d, { type: 'maxPool', size: 2, stride: 1 }],
  averagePool: [conv2d, { type: 'averagePool', size: 2 }],
  globalAveragePool: [conv2d, activation, { type: 'globalAveragePool' }],
  globalMaxPool: [conv2d, { type: 'globalMaxPool' }],
  upsampling: [conv2d, { type: 'upsampling', factor: 2 }],
  zeroPadding: [{ type: 'zeroPadding', padding: 1 }, conv2d],
  spatialDropout: [conv2d, { type: 'spatialDropout', rate: 0.3 }],
  stochasticDepth: [
    {
      type: 'residual',
      layers: [
        { ...dense, axis: 'last', units: 4 },
        { type: 'stochasticDepth', rate: 0.3 },
      ],
    },
  ],
  squeezeExcite: [conv2d, { type: 'squeezeExcite', ratio: 2, function: 'tanh' }],
  groupNorm: [conv2d, { type: 'groupNorm', groups: 2 }],
  instanceNorm: [{ ...conv2d, bias: false }, { type: 'instanceNorm' }, activation],
  permute: [{ type: 'permute', axes: [1, 0] }],
  reshape: [{ type: 'reshape', shape: [2, 8] }],
  simpleRnn: [{ type: 'simpleRnn', units: 5 }],
  gru: [{ type: 'gru', units: 5, reset: 'before' }],
  lstm: [{ type: 'lstm', units: 5, returnSequences: true, peephole: true }],
  bidirectional: [{ type: 'bidirectional', layer: { type: 'gru', units: 3 } }],
  positional: [{ type: 'positional' }],
  selfAttention: [{ type: 'selfAttention', heads: 2, causal: true, bias: false }],
  feedForward: [{ type: 'feedForward', units: 6 }],
  layerNorm: [{ ...dense, axis: 'last' }, { type: 'layerNorm' }, activation],
  rmsNorm: [{ type: 'rmsNorm' }],
  transformerEncoder: [{ type: 'transformerEncoder', heads: 2, units: 8 }],
}).map(([name, layers]) => [`layer ${name}`, { model: { layers: [...layers, ...output] } }])

const left = { type: 'dense', axis: 'last', units: 4, name: 'left', inputs: ['input'] }
const right = { type: 'lstm', units: 4, returnSequences: true, name: 'right', inputs: ['input'] }

/** Layers with several inputs, and those whose input is tokens. A bias of keys moves all scores alike: no gradient. */
const joinedArms: [string, Changes][] = [
  ...[{ type: 'add' }, { type: 'multiply' }, { type: 'concatenate' }, { type: 'crossAttention', bias: false }].map(
    (join): [string, Changes] => [
      `layer ${join.type}`,
      { model: { layers: [left, right, { ...join, inputs: ['left', 'right'] }, ...output] } },
    ],
  ),
  [
    'layer transformerDecoder',
    {
      model: {
        layers: [left, right, { type: 'transformerDecoder', heads: 2, units: 8, inputs: ['left', 'right'] }, ...output],
      },
    },
  ],
  ['layer shared', { model: { layers: [left, { type: 'activation' }, { type: 'shared', layer: 'left' }, ...output] } }],
  [
    'layer embedding',
    {
      task: { type: 'classification', inputs: ['tokens'] },
      model: { layers: [{ type: 'embedding', tokens: 5, units: 3 }, { type: 'lstm', units: 4 }, output[1]] },
    },
  ],
]

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

const arms = [
  ...optimizerArms,
  ...activationArms,
  ...initializerArms,
  ...layerArms,
  ...shapedArms,
  ...joinedArms,
  ...lossArms,
  ...clippingArms,
]

/** Every arm, by what it is there for. */
export function armsIn(precision: FloatDType): [string, ArmSpec][] {
  return arms.map(([name, changes]) => [name, noiseArm(changes, precision)])
}
