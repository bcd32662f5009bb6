/** Residual connection: y = x + f(x), f being the layers inside. He, Zhang, Ren and Sun, CVPR 2016. */
import * as z from 'zod/mini'
import { InputError } from '../../errors.js'
import { sameShape } from '../../tensor.js'
import { layer } from './layer.js'

/** `{ "type": "residual", "layers": [...] }`; the layers inside must end with the shape they begin with. */
export const residual = layer({
  settings: ({ layer: nested }) => ({ layers: z.array(nested).check(z.minLength(1)) }),
  build: ({ layers }, { name, inputShape, buildLayers }) => {
    const children = buildLayers(layers, inputShape)
    const outputShape = children.at(-1)?.outputShape ?? inputShape
    if (!sameShape(outputShape, inputShape)) {
      throw new InputError(
        'core',
        `model layer "${name}": the layers inside turn [${inputShape.join(',')}] into [${outputShape.join(',')}]; x + f(x) needs the same shape`,
      )
    }
    return {
      outputShape,
      children,
      emit: ({ b, x, emitLayers }) => b.add(x, emitLayers(children, x)),
      keras: () => ({ className: 'Add', config: {}, channels: 'either', weights: [] }),
      onnx: (x, { emit, layers: inner }) => emit('Add', [x, inner(children, x)]),
      torch: () => ({ join: (x, inner) => `${x} + ${inner}` }),
    }
  },
})
