/** Permute: the axes of a sample in another order, as numpy.transpose. */
import * as z from 'zod/mini'
import { InputError } from '../../errors.js'
import { described } from '../../registry/described.js'
import { layer } from './layer.js'

/** `{ "type": "permute", "axes": [2, 0, 1] }`: axis i of the output is axis `axes[i]` of the input, the first being 0. */
export const permute = layer({
  settings: {
    axes: described(
      z.array(z.int().check(z.gte(0))).check(z.minLength(1)),
      'Axes of a sample in their new order, each once; the first is 0.',
    ),
  },
  build: ({ axes }, { name, inputShape }) => {
    const isOrder = axes.length === inputShape.length && inputShape.every((_, axis) => axes.includes(axis))
    if (!isOrder) {
      const expected = `each of the axes ${inputShape.map((_, axis) => axis).join(', ')} once`
      throw new InputError('core', `model layer "${name}": expected ${expected}, got ${axes.join(', ')}`)
    }
    const whole = [0, ...axes.map((axis) => axis + 1)]
    return {
      outputShape: axes.map((axis) => inputShape[axis] as number),
      channelsFirst: false,
      emit: ({ b, x }) => b.transpose(x, whole),
      keras: () => ({ className: 'Permute', config: { dims: whole.slice(1) }, weights: [] }),
      onnx: (x, { emit }) => emit('Transpose', [x], { perm: whole }),
      torch: () => ({ expression: ([x]) => `${x}.permute(${whole.join(', ')})` }),
    }
  },
})
