/** Planes made larger: each place repeated, or zeros around. Both are gradients of pooled sums. */
import * as z from 'zod/mini'
import { layer } from './layer.js'
import { axesOf, each, kerasZeros, lengths, paddings, spatialInput, windowOver } from './spatial.js'

/** `{ "type": "upsampling", "factor": 2 }`: each place is repeated so often along each axis. */
export const upsampling = layer({
  settings: { factor: z._default(lengths, 2) },
  build: ({ factor }, context) => {
    const { channels, sizes, moved, call, laid } = spatialInput(context, axesOf(context))
    const window = each(context, factor, sizes.length === 1 ? 1 : 2)
    const size = sizes.map((length, i) => length * Number(window[i]))
    const attributes = {
      window,
      strides: window,
      padding: sizes.map((): [number, number] => [0, 0]),
      dilations: sizes.map(() => 1),
    }
    return {
      outputShape: [channels, ...size],
      channelsFirst: true,
      emit: ({ b, x }) => b.sumPoolData(moved(b, x), size, attributes),
      keras: () => ({
        className: `UpSampling${sizes.length}D`,
        config: { size: sizes.length === 1 ? window[0] : window },
        channels: laid,
        weights: [],
        isKeras3Only: sizes.length === 1,
      }),
      torch: () => ({
        module: `Upsample(scale_factor=(${window.map((one) => `${one}.0`).join(', ')},), mode='nearest')`,
        ...call,
      }),
    }
  },
})

/** `{ "type": "zeroPadding", "padding": 1 }`, or [height, width], or [[top, bottom], [left, right]]. */
export const zeroPadding = layer({
  settings: { padding: z._default(paddings, 1) },
  build: ({ padding: given }, context) => {
    const { channels, sizes, moved, call, laid } = spatialInput(context, axesOf(context))
    const { window, output, ...moving } = windowOver(context, sizes, {
      size: 1,
      stride: 1,
      padding: given,
      dilation: 1,
    })
    const around = moving.padding.toReversed().flat().join(', ')
    return {
      outputShape: [channels, ...output],
      channelsFirst: true,
      emit: ({ b, x }) => b.sumPool(moved(b, x), { ...moving, window }),
      keras: () => ({ ...kerasZeros(moving.padding), channels: laid, weights: [], isKeras3Only: sizes.length === 1 }),
      torch: () => ({ module: `ConstantPad${sizes.length}d((${around}), 0.0)`, ...call }),
    }
  },
})
