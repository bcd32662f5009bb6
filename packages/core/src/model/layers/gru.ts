/**
 * Gated recurrent unit, gates in the order r, z, n:
 *
 *   r, z = sigmoid of x_t W + c + h_(t-1) U + d
 *   n = tanh(x_t W_n + c_n + r (h_(t-1) U_n + d_n))    with the reset after the product, as torch.nn.GRU
 *   n = tanh(x_t W_n + c_n + (r h_(t-1)) U_n + d_n)    with the reset before it, as published
 *   h_t = (1 - z) n + z h_(t-1)
 *
 * Cho et al., EMNLP 2014.
 */
import * as z from 'zod/mini'
import { described } from '../../registry/described.js'
import { layer } from './layer.js'
import { affine, type Cell, type CellStep, gateOf, recurrentLayer, recurrentSettings } from './recurrent.js'

/** The candidate state n. @param all h U + d for all gates. */
function candidate(
  { b, input, state: [h = input], weight, bias }: CellStep,
  r: typeof input,
  all: typeof input,
  units: number,
  reset: 'before' | 'after',
) {
  const ofInput = gateOf(b, input, 2, units)
  if (reset === 'after') return b.tanh(b.add(ofInput, b.mul(r, gateOf(b, all, 2, units))))
  const ofState = affine(b, b.mul(r, h), gateOf(b, weight, 2, units), bias && gateOf(b, bias, 2, units))
  return b.tanh(b.add(ofInput, ofState))
}

function gruCell(reset: 'before' | 'after'): Cell {
  return {
    gates: 3,
    states: 1,
    step: (step, units) => {
      const {
        b,
        input,
        state: [h = input],
        weight,
        bias,
      } = step
      const all = affine(b, h, weight, bias)
      const gate = (number: number): typeof all =>
        b.sigmoid(b.add(gateOf(b, input, number, units), gateOf(b, all, number, units)))
      const [r, keep] = [gate(0), gate(1)]
      step.revealGates([r, keep])
      const n = candidate(step, r, all, units, reset)
      return [b.add(b.mul(b.sub(b.constant(1, n.type.dtype), keep), n), b.mul(keep, h))]
    },
  }
}

/** `{ "type": "gru", "units": 128 }` on [steps, features]. */
export const gru = layer({
  arity: [1, 2],
  settings: (schemas) => ({
    ...recurrentSettings(schemas),
    reset: described(
      z._default(z.enum(['after', 'before']), 'after'),
      'The reset gate acts on the product with the weights of the state, or on the state before it.',
    ),
  }),
  build: ({ reset, ...settings }, context) => {
    const torch = reset === 'after' ? { name: 'GRU', last: '[1]' } : 'reset "before"'
    // Keras has its gates in the order z, r, n.
    const keras = {
      className: 'GRU',
      config: { recurrent_activation: 'sigmoid', reset_after: reset === 'after' },
      gates: [1, 0, 2],
      hasTwoBiases: reset === 'after',
    }
    return recurrentLayer(gruCell(reset), settings, context, torch, keras)
  },
})
