/**
 * Dropout, inverted: in training y = x * mask / (1 - rate), in evaluation y = x. The mask is drawn by core for each
 * step, so that every backend drops the same units; the scale is of the rate that masks have, which is the setting's to
 * 2^-33. Srivastava et al., JMLR 15 (2014).
 */
import * as z from 'zod/mini'
import { drawnRate } from '../../random/mask.js'
import { type BuildContext, type BuiltLayer, layer } from './layer.js'

/** The rates nearest to 0 and to 1 that a mask can have. */
const LEAST = 2 ** -32

interface Settings {
  readonly rate: number
}

/** The factor on what is kept, of the rate that masks have. */
type Scale = (rate: number) => number

const inverted: Scale = (rate) => 1 / (1 - rate)

function builtWith(scale: Scale) {
  return ({ rate }: Settings, { name, inputShape }: BuildContext): BuiltLayer => ({
    outputShape: inputShape,
    masks: rate === 0 ? [] : [{ name: `${name}.mask`, shape: inputShape, rate }],
    emit: ({ b, x, mode, mask }) => {
      if (mode === 'evaluate' || rate === 0) return x
      const { dtype } = x.type
      const kept = b.cast(mask(`${name}.mask`), dtype)
      return b.mul(x, b.mul(kept, b.constant(scale(drawnRate(rate)), dtype)))
    },
    keras: () => ({ className: 'Dropout', config: { rate }, weights: [] }),
    onnx: (x) => x,
    torch: () => ({ module: `Dropout(${rate})` }),
  })
}

/** `{ "type": "dropout", "rate": 0.5 }` */
export const dropout = layer({
  settings: { rate: z._default(z.number().check(z.gte(0), z.lt(1)), 0.5) },
  build: builtWith(inverted),
  otherwise: {
    'dropout without the factor on what is kept': builtWith(() => 1),
    'dropout with the factor of the rate in the place of what is kept': builtWith((rate) => 1 / rate),
  },
  contradiction: ({ rate }) =>
    rate === 0 || (rate >= LEAST && rate <= 1 - LEAST) ? undefined : '"rate" to be 0 or from 2^-32 to 1 - 2^-32',
})
