/**
 * Positions of steps, added to a sequence [steps, features]: learned, or sines and cosines of Vaswani et al., NeurIPS 2017,
 *
 *   p(t, 2i) = sin(t / 10000^(2i / features)),  p(t, 2i + 1) = cos(t / 10000^(2i / features))
 *
 * Rotary positions are a setting of attention, which turns queries and keys by them.
 */
import * as z from 'zod/mini'
import { layer } from './layer.js'
import { requireSequence } from './sequence.js'

/** Sines and cosines, row-major [steps, features]. */
function sinusoids(steps: number, features: number): Float64Array {
  return new Float64Array(steps * features).map((_, flat) => {
    const [step, column] = [Math.floor(flat / features), flat % features]
    const angle = step / 10000 ** ((column - (column % 2)) / features)
    return column % 2 === 0 ? Math.sin(angle) : Math.cos(angle)
  })
}

/** `{ "type": "positional", "of": "learned" }` or `"sinusoidal"`. */
export const positional = layer({
  settings: ({ initializer }) => ({
    of: z._default(z.enum(['learned', 'sinusoidal']), 'learned'),
    weights: z._default(initializer, { type: 'randomNormal', mean: 0, sd: 0.02 }),
  }),
  build: ({ of, weights }, context) => {
    const { steps, features } = requireSequence(context)
    const shape = [steps, features]
    const outputShape = shape
    if (of === 'sinusoidal') {
      const table = { name: `${context.name}.positions`, shape, initial: sinusoids(steps, features) }
      return {
        outputShape,
        states: [table],
        emit: ({ b, x, state }) => b.add(x, state(table.name)),
        torchLacks: 'sinusoidal positions',
      }
    }
    const weight = context.parameter('weight', shape, { fanIn: features, fanOut: features }, weights)
    return {
      outputShape,
      parameters: [weight],
      emit: ({ b, x, parameter }) => b.add(x, parameter(weight.name)),
      torch: () => ({ module: `Embedding(${steps}, ${features})`, call: (module, [x]) => `${x} + ${module}.weight` }),
    }
  },
})
