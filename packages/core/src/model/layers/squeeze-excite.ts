/**
 * Squeeze and excitation: each channel times a share between 0 and 1 that two dense layers make of the means of all
 * channels, y = x gate(function(mean(x) W1 + c1) W2 + c2). Hu, Shen and Sun, CVPR 2018.
 */
import * as z from 'zod/mini'
import { BATCH } from '../../ir/program.js'
import { described } from '../../registry/described.js'
import { layer } from './layer.js'
import { axesOf, spatialInput } from './spatial.js'

/** `{ "type": "squeezeExcite", "ratio": 16 }` on [height, width, channels]. */
export const squeezeExcite = layer({
  settings: ({ activation }) => ({
    ratio: described(
      z._default(z.int().check(z.gte(1)), 16),
      'Channels to one unit between the two dense layers, of which there is at least one.',
    ),
    function: z._default(activation, { type: 'relu' }),
    gate: described(z._default(activation, { type: 'sigmoid' }), 'The function that makes the shares.'),
  }),
  build: ({ ratio, function: between, gate }, context) => {
    const { name, inputShape, channelsFirst, buildLayers } = context
    const { channels, sizes, laid } = spatialInput(context, axesOf(context))
    const dense = (role: string, units: number) => ({ type: 'dense', name: `${name}_${role}`, units, bias: true })
    const inner = [
      { type: 'globalAveragePool' },
      dense('squeeze', Math.max(1, Math.floor(channels / ratio))),
      { type: 'activation', function: between },
      dense('excite', channels),
      { type: 'activation', function: gate },
    ]
    const children = buildLayers(inner, inputShape)
    const ones = sizes.map(() => 1)
    const along = channelsFirst || inputShape.length === sizes.length ? [channels, ...ones] : [...ones, channels]
    const shape = along.slice(-inputShape.length)
    return {
      outputShape: inputShape,
      children,
      emit: ({ b, x, emitLayers }) => b.mul(x, b.reshape(emitLayers(children, x), [BATCH, ...shape])),
      ...(laid.from !== 'none' && {
        keras: () => ({ className: 'Multiply', config: {}, channels: laid, weights: [] }),
      }),
      torch: () => ({ join: (x, shares) => `${x} * ${shares}.view(-1, ${shape.join(', ')})` }),
    }
  },
})
