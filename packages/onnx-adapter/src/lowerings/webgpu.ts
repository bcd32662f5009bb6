/**
 * Operations that the WebGPU provider has no shader for in the form in which the families beside this file write them. Where
 * NaN is looked for there, it is not here: shaders may take it that there is none.
 */
import type { OpName } from '@isograd/core/ir'
import { composedLogSoftmax } from './activation.js'
import { convolutionLowerings, dataByPatches } from './convolution.js'
import type { LoweringsOf } from './lowering.js'
import { nativeLowerings } from './native.js'
import { spreadMaxima } from './pooling.js'

/** The operators; of other operations the lowering is that of their family. */
export const webgpuLowerings = {
  logSoftmax: composedLogSoftmax,
  reduceMax: nativeLowerings.reduceMax,
  maxPool: nativeLowerings.maxPool,
  // MaxPool has no numbers of places there.
  maxPoolData: spreadMaxima,
  // ConvTranspose is wrong for groups of more than one output (1.30.0; docs/findings.md).
  convolveData: (context) =>
    context.node.attributes.groups > 1 ? dataByPatches(context) : convolutionLowerings.convolveData(context),
} satisfies Partial<LoweringsOf<OpName>>
