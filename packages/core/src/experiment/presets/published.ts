/**
 * Figures that the documents of the presets report, and the ranges that count as reproducing them. A document shows one run
 * with an unknown seed, so a band is accepted, wider where the arm barely learns and seeds differ most.
 */

import type { Band } from '../arm.js'

/** One arm's published figures and the accepted band of the mean over seeds. */
export interface Published {
  /** The figure that judges, on the test set, as reported, where one is. */
  readonly final?: number
  /** The figures that count as reproducing it. */
  readonly accept?: Band
  /** Mean training cost of each epoch as reported; from `costsFrom` on, each must be met within ten percent. */
  readonly epochCosts?: readonly number[]
  /** Number of the first epoch that counts, from 1. */
  readonly costsFrom?: number
  /** The quantity of each activation layer before anything is trained, printed with three digits. */
  readonly layers?: Readonly<Partial<Record<PublishedQuantity, readonly number[]>>>
  /** An effect that is told in words or curves: the direction alone. */
  readonly effects?: readonly PublishedEffect[]
}

/** A figure of a run that published effects are about. */
export type EffectFigure = 'decadesLost' | 'decadesLostInTime' | 'lastHiddenGradient' | 'trainLoss' | 'final' | 'dead'

/** A figure that lies above or below a number, or that of another arm, by its name. */
export interface PublishedEffect {
  /** The figure. */
  readonly figure: EffectFigure
  /** The lower limit: a number, or the name of an arm. */
  readonly above?: number | string
  /** The upper limit, likewise. */
  readonly below?: number | string
}

/** A probed quantity, or the product of the derivatives from a layer to the last, the weights left out. */
export type PublishedQuantity = 'output' | 'derivative' | 'derivativeProduct'

/** A final figure below, or above, that of another arm. */
const worse = (arm: string): PublishedEffect => ({ figure: 'final', below: arm })
const better = (arm: string): PublishedEffect => ({ figure: 'final', above: arm })

/** By preset and arm. */
export const published: Readonly<Record<string, Readonly<Record<string, Published>>>> = {
  'torch-mlp5': {
    relu: { final: 0.9838, accept: { atLeast: 0.975 } },
    sigmoid: { final: 0.9789, accept: { atLeast: 0.97 } },
  },
  'keras-13x10': {
    relu: { final: 0.8826, accept: { atLeast: 0.8 } },
    sigmoid: { final: 0.2058, accept: { atMost: 0.35 } },
  },
  'keras-64x6-32x6': {
    sigmoid: { final: 0.1028, accept: { atMost: 0.12 } },
    relu: { final: 0.9557, accept: { atLeast: 0.94 } },
    tanh: { final: 0.9611, accept: { atLeast: 0.94 } },
  },
  'softmax-linear': {
    none: {
      final: 0.8917,
      accept: { atLeast: 0.8817, atMost: 0.9017 },
      epochCosts: [
        5.728, 1.563, 1.037, 0.828, 0.71, 0.634, 0.578, 0.535, 0.503, 0.476, 0.454, 0.436, 0.42, 0.407, 0.395,
      ],
      costsFrom: 5,
    },
  },
  'nn-3layer': {
    relu: {
      final: 0.944,
      accept: { atLeast: 0.934, atMost: 0.954 },
      epochCosts: [
        128.86, 35.95, 23.0, 16.05, 11.66, 8.545, 6.512, 4.908, 3.621, 2.743, 2.157, 1.695, 1.215, 1.03, 0.872,
      ],
    },
  },
  'glorot-2x256': { relu: { accept: { atLeast: 0.95 } } },
  'dropout-2x256': { relu: { accept: { atLeast: 0.94 } } },
  'tf-2x256': { relu: { accept: { atLeast: 0.95 } } },
  // LeCun et al., Proc. IEEE 86 (1998), section III.B: an error of 0.95 % without distortions.
  lenet5: { relu: { final: 0.9905, accept: { atLeast: 0.989 } } },
  // Schoenholz et al., ICLR 2017, figures 5 and 6: gradients vanish below the edge of chaos, explode above, and train near it.
  'depth-scale': {
    'variance-0.5': { effects: [{ figure: 'decadesLost', above: 'variance-1' }, worse('variance-1.76')] },
    'variance-1': { effects: [{ figure: 'decadesLost', above: 1 }, worse('variance-1.76')] },
    'variance-1.76': { effects: [{ figure: 'decadesLost', above: -0.5, below: 0.5 }] },
    'variance-2.5': { effects: [{ figure: 'decadesLost', below: -0.3 }, worse('variance-1.76')] },
    'variance-4': { effects: [{ figure: 'decadesLost', below: 'variance-2.5' }, worse('variance-1.76')] },
  },
  // He et al. 2015, section 4.2: depth makes the plain network worse, in training too. That it makes the residual one better is not
  // seen in 300 steps: of 56 layers it still learns, which the plain one does not.
  'plain-residual': {
    'plain-8': { effects: [{ figure: 'trainLoss', below: 'plain-20' }] },
    'residual-8': { effects: [{ figure: 'trainLoss', below: 'plain-20' }] },
    'plain-20': { effects: [{ figure: 'trainLoss', above: 'residual-20', below: 'plain-56' }] },
    'residual-20': { effects: [{ figure: 'trainLoss', below: 'plain-20' }] },
    'plain-56': {
      effects: [
        // Yang et al., ICLR 2019: with batch normalisation gradients explode on their way back.
        { figure: 'decadesLost', below: -2 },
        { figure: 'trainLoss', above: 'residual-56' },
        { figure: 'trainLoss', above: 1 },
      ],
    },
    'residual-56': {
      effects: [
        { figure: 'decadesLost', above: -1.5, below: 1.5 },
        { figure: 'trainLoss', below: 'plain-56' },
        { figure: 'trainLoss', below: 0.5 },
      ],
    },
  },
  // Glorot and Bengio, AISTATS 2010; Krizhevsky et al., NIPS 2012, section 3.1.
  'relu-cnn': {
    sigmoid: { effects: [{ figure: 'decadesLost', above: 3 }, worse('relu')] },
    tanh: { effects: [{ figure: 'decadesLost', below: 1 }, better('sigmoid')] },
    relu: { effects: [{ figure: 'decadesLost', below: 1 }, better('sigmoid')] },
  },
  // Maas et al., ICML 2013; Lu et al., Commun. Comput. Phys. 28 (2020); He et al., ICCV 2015, section 2.2, for the last arm.
  'dead-relus': {
    relu: { effects: [{ figure: 'dead', above: 0.5 }] },
    leaky: { effects: [better('relu')] },
    batchnorm: { effects: [{ figure: 'dead', below: 0.1 }, better('relu')] },
    'small-rate': { effects: [{ figure: 'dead', below: 'relu' }, better('relu')] },
    'small-rate-glorot': { effects: [{ figure: 'lastHiddenGradient', below: 'small-rate' }] },
  },
  // Xiong et al., ICML 2020, theorem 1 and figures 2 to 4: the last gradients are larger with the norm behind, by sqrt(L) for
  // L blocks, which then need a warm-up.
  'norm-placement': {
    post: {
      effects: [
        { figure: 'lastHiddenGradient', above: 'pre' },
        { figure: 'trainLoss', above: 'pre' },
      ],
    },
    'post-warmup': { effects: [{ figure: 'trainLoss', below: 'post' }] },
    pre: {
      effects: [
        { figure: 'lastHiddenGradient', below: 'post' },
        { figure: 'trainLoss', below: 'post' },
      ],
    },
    'post-2': { effects: [{ figure: 'trainLoss', below: 'post' }] },
    'pre-2': { effects: [{ figure: 'trainLoss', below: 'post' }] },
  },
  // Hochreiter and Schmidhuber, Neural Computation 9 (1997), section 5.4; Pascanu et al., ICML 2013; Saxe et al., ICLR 2014.
  'through-time': {
    rnn: {
      effects: [
        { figure: 'decadesLostInTime', above: 8 },
        { figure: 'final', above: 'lstm' },
      ],
    },
    'rnn-clipped': {
      effects: [
        { figure: 'decadesLostInTime', above: 8 },
        { figure: 'final', above: 'lstm' },
      ],
    },
    'rnn-orthogonal': { effects: [{ figure: 'decadesLostInTime', below: 'rnn' }] },
    'rnn-orthogonal-clipped': { effects: [{ figure: 'final', below: 'rnn-orthogonal' }] },
    gru: {
      effects: [
        { figure: 'decadesLostInTime', below: 'rnn' },
        { figure: 'final', below: 0.01 },
      ],
    },
    lstm: {
      effects: [
        { figure: 'decadesLostInTime', below: 'rnn' },
        { figure: 'final', below: 0.01 },
      ],
    },
  },
  // The same sources, for the copy problem.
  'through-time-copy': {
    rnn: { effects: [{ figure: 'decadesLostInTime', above: 'gru' }] },
    'rnn-clipped': { effects: [{ figure: 'decadesLostInTime', above: 'gru' }] },
    'rnn-orthogonal': { effects: [{ figure: 'decadesLostInTime', below: 'rnn' }] },
    'rnn-orthogonal-clipped': { effects: [{ figure: 'decadesLostInTime', below: 'rnn' }] },
    gru: {
      effects: [
        { figure: 'decadesLostInTime', below: 'rnn' },
        { figure: 'final', above: 0.9 },
      ],
    },
    lstm: {
      effects: [
        { figure: 'decadesLostInTime', below: 'rnn' },
        { figure: 'final', above: 0.9 },
      ],
    },
  },
  'scalar-chain': {
    sigmoid: {
      layers: {
        output: [0.525, 0.526, 0.539],
        derivative: [0.249, 0.249, 0.248],
        derivativeProduct: [0.015, 0.0615, 0.248],
      },
    },
  },
}
