/**
 * Operations that the WebGPU provider has no shader for in the form in which the families beside this file write them, or whose
 * shader is less exact than every other backend.
 */
import type { OpName } from '@isograd/core/ir'
import { composedLogSoftmax } from './activation.js'
import { convolutionLowerings, dataByPatches } from './convolution.js'
import { functionsIn, largestWithNaN } from './functions.js'
import { type AnyContext, inputAt, type LoweringsOf } from './lowering.js'
import { isMaxPool, largestInWindows, poolingLowerings, spreadMaxima } from './pooling.js'
import { largestOver } from './reduction.js'

function composed(name: 'exp' | 'log' | 'tanh' | 'sigmoid' | 'relu') {
  return (context: AnyContext): string => functionsIn(context)[name](inputAt(context, 0))
}

/** The operators; of other operations the lowering is that of their family. */
export const webgpuLowerings = {
  exp: composed('exp'),
  log: composed('log'),
  tanh: composed('tanh'),
  sigmoid: composed('sigmoid'),
  relu: composed('relu'),
  logSoftmax: (context) => composedLogSoftmax(context, functionsIn(context)),
  reduceMax: (context) => largestWithNaN(context, inputAt(context, 0), (value) => largestOver(context, value)),
  maxPool: (context) =>
    isMaxPool(context)
      ? largestWithNaN(context, inputAt(context, 0), (value) => largestInWindows(context, value))
      : poolingLowerings.maxPool(context),
  // MaxPool has no numbers of places there.
  maxPoolData: spreadMaxima,
  // ConvTranspose is wrong for groups of more than one output (1.30.0; docs/findings.md).
  convolveData: (context) =>
    context.node.attributes.groups > 1 ? dataByPatches(context) : convolutionLowerings.convolveData(context),
} satisfies Partial<LoweringsOf<OpName>>
