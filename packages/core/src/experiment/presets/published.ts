/**
 * What the documents that the presets come from report, and what counts as reproducing it. A document shows one run
 * with an unknown seed, so a band is accepted, wider where the arm barely learns and seeds differ most.
 */

/** One arm's published figures and the accepted band of the mean test accuracy. */
export interface Published {
  /** Test accuracy as reported, where one is. */
  readonly testAccuracy?: number
  readonly accept: { readonly atLeast?: number; readonly atMost?: number }
  /** Mean training cost of each epoch as reported; from `costsFrom` on, each must be met within ten percent. */
  readonly epochCosts?: readonly number[]
  readonly costsFrom?: number
}

/** By preset and arm. */
export const published: Readonly<Record<string, Readonly<Record<string, Published>>>> = {
  'torch-mlp5': {
    relu: { testAccuracy: 0.9838, accept: { atLeast: 0.975 } },
    sigmoid: { testAccuracy: 0.9789, accept: { atLeast: 0.97 } },
  },
  'keras-13x10': {
    relu: { testAccuracy: 0.8826, accept: { atLeast: 0.8 } },
    sigmoid: { testAccuracy: 0.2058, accept: { atMost: 0.35 } },
  },
  'keras-64x6-32x6': {
    sigmoid: { testAccuracy: 0.1028, accept: { atMost: 0.12 } },
    relu: { testAccuracy: 0.9557, accept: { atLeast: 0.94 } },
    tanh: { testAccuracy: 0.9611, accept: { atLeast: 0.94 } },
  },
  'softmax-linear': {
    none: {
      testAccuracy: 0.8917,
      accept: { atLeast: 0.8817, atMost: 0.9017 },
      epochCosts: [
        5.728, 1.563, 1.037, 0.828, 0.71, 0.634, 0.578, 0.535, 0.503, 0.476, 0.454, 0.436, 0.42, 0.407, 0.395,
      ],
      costsFrom: 5,
    },
  },
  'nn-3layer': {
    relu: {
      testAccuracy: 0.944,
      accept: { atLeast: 0.934, atMost: 0.954 },
      epochCosts: [
        128.86, 35.95, 23.0, 16.05, 11.66, 8.545, 6.512, 4.908, 3.621, 2.743, 2.157, 1.695, 1.215, 1.03, 0.872,
      ],
    },
  },
  'glorot-2x256': { relu: { accept: { atLeast: 0.95 } } },
  'dropout-2x256': { relu: { accept: { atLeast: 0.94 } } },
  'tf-2x256': { relu: { accept: { atLeast: 0.95 } } },
}

/** Numbers of a chain's units as they are reported, first unit first. */
export interface PublishedChain {
  readonly activation: readonly number[]
  readonly derivative: readonly number[]
  /** The product of the derivatives from a unit to the last, the weights left out. */
  readonly derivativeProduct: readonly number[]
}

/** By preset and arm. */
export const publishedChains: Readonly<Record<string, Readonly<Record<string, PublishedChain>>>> = {
  'scalar-chain': {
    sigmoid: {
      activation: [0.525, 0.526, 0.539],
      derivative: [0.249, 0.249, 0.248],
      derivativeProduct: [0.015, 0.0615, 0.248],
    },
  },
}
