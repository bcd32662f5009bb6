/** Simple recurrent layer, as torch.nn.RNN: h_t = f(x_t W + c + h_(t-1) U + d). Elman, Cognitive Science 14 (1990). */
import * as z from 'zod/mini'
import { layer } from './layer.js'
import { affine, type Cell, recurrentLayer, recurrentSettings } from './recurrent.js'

/** `{ "type": "simpleRnn", "units": 64 }` on [steps, features]. */
export const simpleRnn = layer({
  arity: [1, 2],
  settings: (schemas) => ({ ...recurrentSettings(schemas), function: z._default(z.enum(['tanh', 'relu']), 'tanh') }),
  build: (settings, context) => {
    const f = settings.function
    const cell: Cell = {
      gates: 1,
      states: 1,
      step: ({ b, input, state: [h = input], weight, bias }) => [b[f](b.add(input, affine(b, h, weight, bias)))],
    }
    const torch = { name: 'RNN', more: `, nonlinearity='${f}'`, last: '[1]' }
    return recurrentLayer(cell, settings, context, torch, { className: 'SimpleRNN', config: { activation: f } })
  },
})
