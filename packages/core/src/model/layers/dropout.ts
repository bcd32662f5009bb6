/**
 * Dropout, inverted: in training y = x * mask / (1 - rate), in evaluation y = x. The mask is drawn by core for each
 * step, so that every backend drops the same units; the scale is of the rate that masks have, which is the setting's to
 * 2^-33. Srivastava et al., JMLR 15 (2014).
 */
import * as z from 'zod/mini'
import type { Value } from '../../ir/builder.js'
import { drawnRate } from '../../random/mask.js'
import { type BuildContext, type BuiltLayer, type EmitContext, layer } from './layer.js'

/** The rates nearest to 0 and to 1 that a mask can have. */
const LEAST = 2 ** -32

/** The setting of all layers that drop something. */
export const dropped = { rate: z._default(z.number().check(z.gte(0), z.lt(1)), 0.5) }

/** Settings that hold it. */
export interface Dropped {
  readonly rate: number
}

/** The text of what is expected of a rate that no mask has. */
export function rateContradiction({ rate }: Dropped): string | undefined {
  return rate === 0 || (rate >= LEAST && rate <= 1 - LEAST) ? undefined : '"rate" to be 0 or from 2^-32 to 1 - 2^-32'
}

/** The factor on what is kept, of the rate that masks have. */
type Scale = (rate: number) => number

const inverted: Scale = (rate) => 1 / (1 - rate)

/** What x is multiplied by in training, of the mask's shape: 0, or the factor on what is kept. */
export function keptShare({ b, x, mask }: EmitContext, name: string, rate: number, scale = inverted): Value {
  const { dtype } = x.type
  return b.mul(b.cast(mask(name), dtype), b.constant(scale(drawnRate(rate)), dtype))
}

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
    'dropout with the factor of the rate in the place of what is kept': builtWith((rate) => 1 / rate),
  },
  contradiction: rateContradiction,
})
