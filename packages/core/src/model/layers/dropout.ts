/**
 * Dropout, inverted: in training y = x * mask / (1 - rate), in evaluation y = x. The mask is drawn by core for each
 * step, so that every backend drops the same units; the scale is of the rate that masks have, which is the setting's to
 * 2^-33. Srivastava et al., JMLR 15 (2014).
 */
import { type Dropped, dropped, inverted, keptShare, rateContradiction, type Scale } from './dropping.js'
import { type BuildContext, type BuiltLayer, layer } from './layer.js'

function builtWith(scale: Scale) {
  return ({ rate }: Dropped, { name, inputShape }: BuildContext): BuiltLayer => ({
    outputShape: inputShape,
    masks: rate === 0 ? [] : [{ name: `${name}.mask`, shape: inputShape, rate }],
    emit: (emitting) => {
      const { b, x, mode } = emitting
      return mode === 'evaluate' || rate === 0 ? x : b.mul(x, keptShare(emitting, `${name}.mask`, rate, scale))
    },
    keras: () => ({ className: 'Dropout', config: { rate }, channels: 'either', weights: [] }),
    onnx: (x) => x,
    torch: () => ({ module: `Dropout(${rate})` }),
  })
}

/** `{ "type": "dropout", "rate": 0.5 }` */
export const dropout = layer({
  settings: dropped,
  build: builtWith(inverted),
  otherwise: {
    'dropout without the factor on what is kept': builtWith(() => 1),
    'dropout with the share that is kept in the place of one by it': builtWith((rate) => 1 - rate),
    'dropout with the factor of the rate in the place of what is kept': builtWith((rate) => 1 / rate),
  },
  contradiction: rateContradiction,
})
