/**
 * Names that other frameworks (Keras, PyTorch, scikit-learn) and short forms have for what is called otherwise here: of
 * records, by table, and of fields. A name stands without capitals, `_`, `-` and blanks. Where there are several of ours, the
 * first that there is, and that suits the task, is meant. A name counts only where nothing here bears it.
 */
import type { Tables } from '../registry/registry.js'

/** Names of ours, by a name elsewhere. */
type Names = Readonly<Record<string, readonly string[]>>

/** Records by table. */
export const recordsElsewhere: { readonly [K in keyof Tables]?: Names } = {
  layers: {
    linear: ['dense'],
    fullyconnected: ['dense'],
    fc: ['dense'],
    batchnormalization: ['batchNorm'],
    batchnorm1d: ['batchNorm'],
    batchnorm2d: ['batchNorm'],
    layernormalization: ['layerNorm'],
    groupnormalization: ['groupNorm'],
    instancenorm2d: ['instanceNorm'],
    conv2dtranspose: ['convTranspose2d'],
    maxpool2d: ['maxPool'],
    maxpooling2d: ['maxPool'],
    avgpool2d: ['averagePool'],
    averagepooling2d: ['averagePool'],
    globalaveragepooling2d: ['globalAveragePool'],
    globalmaxpooling2d: ['globalMaxPool'],
    upsampling2d: ['upsampling'],
    zeropadding2d: ['zeroPadding'],
    spatialdropout2d: ['spatialDropout'],
    rnn: ['simpleRnn'],
    multiheadattention: ['selfAttention'],
    transformerencoderlayer: ['transformerEncoder'],
    transformer: ['transformerEncoder'],
    transformerdecoderlayer: ['transformerDecoder'],
    squeezeexcitation: ['squeezeExcite'],
    droppath: ['stochasticDepth'],
  },
  activations: {
    swish: ['silu'],
    identity: ['linear'],
    none: ['linear'],
    logistic: ['sigmoid'],
    gelunew: ['geluTanh'],
  },
  initializers: {
    xavieruniform: ['glorotUniform'],
    xaviernormal: ['glorotNormal'],
    kaiminguniform: ['heUniform'],
    kaimingnormal: ['heNormal'],
    uniform: ['randomUniform'],
    normal: ['randomNormal'],
  },
  losses: {
    crossentropy: ['softmaxCrossEntropy', 'softmaxCrossEntropyOneHot'],
    crossentropyloss: ['softmaxCrossEntropy', 'softmaxCrossEntropyOneHot'],
    categoricalcrossentropy: ['softmaxCrossEntropy', 'softmaxCrossEntropyOneHot'],
    sparsecategoricalcrossentropy: ['softmaxCrossEntropy'],
    logloss: ['softmaxCrossEntropy', 'binaryCrossEntropy'],
    bce: ['binaryCrossEntropy'],
    bcewithlogits: ['binaryCrossEntropy'],
    bcewithlogitsloss: ['binaryCrossEntropy'],
    mse: ['meanSquaredError'],
    mseloss: ['meanSquaredError'],
    mae: ['meanAbsoluteError'],
    l1loss: ['meanAbsoluteError'],
    huberloss: ['huber'],
    smoothl1loss: ['smoothL1'],
    kldivloss: ['klDivergence'],
    kld: ['klDivergence'],
  },
  metrics: {
    acc: ['accuracy'],
    f1score: ['f1'],
    auc: ['rocAuc'],
    rocaucscore: ['rocAuc'],
    binaryaccuracy: ['accuracy'],
    categoricalaccuracy: ['accuracy'],
    sparsecategoricalaccuracy: ['accuracy'],
    topkcategoricalaccuracy: ['topKAccuracy'],
    sparsetopkcategoricalaccuracy: ['topKAccuracy'],
    mse: ['meanSquaredError'],
    mae: ['meanAbsoluteError'],
    r2score: ['r2'],
  },
  tasks: {
    multiclass: ['classification'],
    binaryclassification: ['binary'],
    multilabelclassification: ['multilabel'],
  },
}

/** Fields of any object. */
export const fieldsElsewhere: Names = {
  lr: ['learningRate'],
  eta: ['learningRate'],
  eps: ['epsilon'],
  rho: ['alpha'],
  std: ['sd'],
  stddev: ['sd'],
  minval: ['min'],
  maxval: ['max'],
  p: ['rate'],
  dropout: ['rate'],
  negativeslope: ['slope'],
  alpha: ['slope'],
  outfeatures: ['units'],
  outchannels: ['filters'],
  kernelsize: ['size'],
  poolsize: ['size'],
  strides: ['stride'],
  dilationrate: ['dilation'],
  depthmultiplier: ['multiplier'],
  hiddensize: ['units'],
  outputdim: ['units'],
  embeddingdim: ['units'],
  inputdim: ['tokens'],
  numembeddings: ['tokens'],
  numheads: ['heads'],
  nhead: ['heads'],
  nunits: ['units'],
  usebias: ['bias'],
  kernelinitializer: ['weights'],
  weightinitializer: ['weights'],
  biasinitializer: ['biases'],
  kernelregularizer: ['regularizer'],
  kernelconstraint: ['constraint'],
  maxiter: ['maxIterations'],
  maxeval: ['maxEvaluations'],
  tolerancegrad: ['toleranceGradient'],
  historysize: ['history'],
  linesearchfn: ['lineSearch'],
  lambd: ['lambda'],
  initialaccumulatorvalue: ['initialAccumulator'],
  lrdecay: ['learningRateDecay'],
  decay: ['weightDecay'],
  dtype: ['precision'],
  nepochs: ['epochs'],
  numepochs: ['epochs'],
  maxepochs: ['epochs'],
  randomstate: ['seed'],
  randomseed: ['seed'],
  validationsplit: ['validation'],
}

/** Fields that hold in a list what is several fields here. */
export const listsElsewhere: Names = { betas: ['beta1', 'beta2'] }

/** A name without what only spelling decides. */
export function plainName(name: string): string {
  return name.replace(/[_\s-]/g, '').toLowerCase()
}

/** The one of ours that a name means: itself, spelled otherwise, or by a table of names elsewhere. */
export function meantName(name: string, ours: readonly string[], elsewhere: Names = {}): string | undefined {
  if (ours.includes(name)) return name
  const plain = plainName(name)
  const spelled = ours.filter((each) => plainName(each) === plain)
  if (spelled.length === 1) return spelled[0]
  return (Object.hasOwn(elsewhere, plain) ? elsewhere[plain] : undefined)?.find((each) => ours.includes(each))
}
