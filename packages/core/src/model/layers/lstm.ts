/**
 * Long short-term memory, as torch.nn.LSTM, gates in the order i, f, g, o:
 *
 *   i, f, o = sigmoid,  g = tanh  of  x_t W + c + h_(t-1) U + d
 *   c_t = f c_(t-1) + i g,   h_t = o tanh(c_t)
 *
 * With peepholes i and f see c_(t-1), and o sees c_t, each by a weight for each unit. Hochreiter and Schmidhuber, Neural
 * Computation 9 (1997); Gers, Schraudolph and Schmidhuber, JMLR 3 (2002).
 */
import * as z from 'zod/mini'
import { described } from '../../registry/described.js'
import { layer } from './layer.js'
import { affine, type Cell, gateOf, recurrentLayer, recurrentSettings } from './recurrent.js'

function lstmCell(peephole: boolean, forgetBias: number): Cell {
  return {
    gates: 4,
    states: 2,
    ...(peephole && { own: ['weight_ci_l0', 'weight_cf_l0', 'weight_co_l0'] }),
    initialBias: (values, units) =>
      forgetBias === 0 ? values : values.map((value, i) => (Math.floor(i / units) === 1 ? value + forgetBias : value)),
    step: ({ b, input, state: [h = input, c = input], weight, bias, own, revealGates }, units) => {
      const z4 = b.add(input, affine(b, h, weight, bias))
      const gate = (number: number): typeof z4 => gateOf(b, z4, number, units)
      const seeing = (number: number, role: string, cell: typeof z4): typeof z4 =>
        peephole ? b.add(gate(number), b.mul(cell, own(role))) : gate(number)
      const i = b.sigmoid(seeing(0, 'weight_ci_l0', c))
      const f = b.sigmoid(seeing(1, 'weight_cf_l0', c))
      const next = b.add(b.mul(f, c), b.mul(i, b.tanh(gate(2))))
      const o = b.sigmoid(seeing(3, 'weight_co_l0', next))
      revealGates([i, f, o])
      return [b.mul(o, b.tanh(next)), next]
    },
  }
}

/** `{ "type": "lstm", "units": 128 }` on [steps, features]. */
export const lstm = layer({
  arity: [1, 2],
  settings: (schemas) => ({
    ...recurrentSettings(schemas),
    forgetBias: described(z._default(z.number(), 0), 'Added to the initial bias of the forget gate.'),
    peephole: described(z._default(z.boolean(), false), 'Gates see the cell too.'),
  }),
  build: ({ peephole, forgetBias, ...settings }, context) => {
    const torch = peephole ? 'a peephole' : { name: 'LSTM', last: '[1][0]' }
    const keras = { className: 'LSTM', config: { recurrent_activation: 'sigmoid', unit_forget_bias: false } }
    return recurrentLayer(lstmCell(peephole, forgetBias), settings, context, torch, peephole ? undefined : keras)
  },
})
