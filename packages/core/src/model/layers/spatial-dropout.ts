/** Spatial dropout: whole channels are dropped, as torch.nn.Dropout2d does (Tompson et al., CVPR 2015). */
import { BATCH } from '../../ir/program.js'
import { dropped, keptShare, rateContradiction } from './dropping.js'
import { layer } from './layer.js'
import { axesOf, spatialInput } from './spatial.js'

/** `{ "type": "spatialDropout", "rate": 0.2 }` */
export const spatialDropout = layer({
  settings: dropped,
  contradiction: rateContradiction,
  build: ({ rate }, context) => {
    const { channels, sizes, moved, call, laid } = spatialInput(context, axesOf(context))
    const name = `${context.name}.mask`
    return {
      outputShape: [channels, ...sizes],
      channelsFirst: true,
      masks: rate === 0 ? [] : [{ name, shape: [channels], rate }],
      emit: (emitting) => {
        const { b, mode } = emitting
        const x = moved(b, emitting.x)
        if (mode === 'evaluate' || rate === 0) return x
        const kept = keptShare(emitting, name, rate)
        return b.mul(x, b.reshape(kept, [BATCH, channels, ...sizes.map(() => 1)]))
      },
      keras: () => ({
        className: 'Dropout',
        config: { rate, noise_shape: [null, ...sizes.map(() => 1), null] },
        channels: laid,
        weights: [],
      }),
      torch: () => ({ module: `Dropout${sizes.length}d(${rate})`, ...call }),
    }
  },
})
