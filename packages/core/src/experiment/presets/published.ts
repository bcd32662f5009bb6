/**
 * Figures that the documents of the presets report, and the ranges that count as reproducing them. A document shows one run
 * with an unknown seed, so a band is accepted, wider where the arm barely learns and seeds differ most.
 */

/** One arm's published figures and the accepted band of the mean over seeds. */
export interface Published {
  /** The figure that judges, on the test set, as reported, where one is. */
  readonly final?: number
  readonly accept?: { readonly atLeast?: number; readonly atMost?: number }
  /** Mean training cost of each epoch as reported; from `costsFrom` on, each must be met within ten percent. */
  readonly epochCosts?: readonly number[]
  readonly costsFrom?: number
  /** The quantity of each activation layer before anything is trained, printed with three digits. */
  readonly layers?: Readonly<Partial<Record<PublishedQuantity, readonly number[]>>>
}

/** A probed quantity, or the product of the derivatives from a layer to the last, the weights left out. */
export type PublishedQuantity = 'output' | 'derivative' | 'derivativeProduct'

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
