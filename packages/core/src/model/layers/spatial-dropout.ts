/** Spatial dropout: whole channels are dropped, as torch.nn.Dropout2d does (Tompson et al., CVPR 2015). */
import * as z from 'zod/mini'
import { BATCH } from '../../ir/program.js'
import { drawnRate } from '../../random/mask.js'
import { layer } from './layer.js'
import { axesOf, spatialInput } from './spatial.js'

/** The rates nearest to 0 and to 1 that a mask can have. */
const LEAST = 2 ** -32

/** `{ "type": "spatialDropout", "rate": 0.2 }` */
export const spatialDropout = layer({
  settings: { rate: z._default(z.number().check(z.gte(0), z.lt(1)), 0.5) },
  contradiction: ({ rate }) =>
    rate === 0 || (rate >= LEAST && rate <= 1 - LEAST) ? undefined : '"rate" to be 0 or from 2^-32 to 1 - 2^-32',
  build: ({ rate }, context) => {
    const { channels, sizes, moved, call } = spatialInput(context, axesOf(context))
    const name = `${context.name}.mask`
    return {
      outputShape: [channels, ...sizes],
      channelsFirst: true,
      masks: rate === 0 ? [] : [{ name, shape: [channels], rate }],
      emit: ({ b, x: given, mode, mask }) => {
        const x = moved(b, given)
        if (mode === 'evaluate' || rate === 0) return x
        const { dtype } = x.type
        const kept = b.mul(b.cast(mask(name), dtype), b.constant(1 / (1 - drawnRate(rate)), dtype))
        return b.mul(x, b.reshape(kept, [BATCH, channels, ...sizes.map(() => 1)]))
      },
      torch: () => ({ module: `Dropout${sizes.length}d(${rate})`, ...call }),
    }
  },
})
