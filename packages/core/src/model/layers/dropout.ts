/**
 * Dropout, inverted: in training y = x * mask / (1 - rate), in evaluation y = x. The mask is drawn by core for each
 * step, so that every backend drops the same units. Srivastava et al., JMLR 15 (2014).
 */
import * as z from 'zod/mini'
import { layer } from './layer.js'

/** `{ "type": "dropout", "rate": 0.5 }` */
export const dropout = layer({
  settings: { rate: z._default(z.number().check(z.gte(0), z.lt(1)), 0.5) },
  build: ({ rate }, { name, inputShape }) => ({
    outputShape: inputShape,
    masks: rate === 0 ? [] : [{ name: `${name}.mask`, shape: inputShape, rate }],
    emit: ({ b, x, mode, mask }) => {
      if (mode === 'evaluate' || rate === 0) return x
      const { dtype } = x.type
      const kept = b.cast(mask(`${name}.mask`), dtype)
      return b.mul(x, b.mul(kept, b.constant(1 / (1 - rate), dtype)))
    },
    keras: () => ({ className: 'Dropout', config: { rate }, weights: [] }),
    onnx: (x) => x,
    torch: () => ({ module: `Dropout(${rate})` }),
  }),
})
