/** Residual connection: y = x + f(x), f being the layers inside. He, Zhang, Ren and Sun, CVPR 2016. */
import * as z from 'zod/mini'
import { InputError } from '../../errors.js'
import { sameShape } from '../../tensor.js'
import type { LayerSpec } from './index.js'
import { layerKind } from './layer.js'

/** Schema of `{ "type": "residual", "layers": [...] }`, given the schema of any layer. */
export function residualSchema(layer: z.ZodMiniType<LayerSpec>) {
  return z.strictObject({ type: z.literal('residual'), layers: z.array(layer).check(z.minLength(1)) })
}

/** The layers inside must end with the shape they begin with. */
export const residual = layerKind<ReturnType<typeof residualSchema>>({
  build: ({ layers }, { name, inputShape, buildLayers }) => {
    const children = buildLayers(layers, inputShape)
    const outputShape = children.at(-1)?.outputShape ?? inputShape
    if (sameShape(outputShape, inputShape)) return { outputShape, children }
    throw new InputError(
      'core',
      `model layer "${name}": the layers inside turn [${inputShape.join(',')}] into [${outputShape.join(',')}]; x + f(x) needs the same shape`,
    )
  },
  emit: (_, { b, layer, x, emitLayers }) => b.add(x, emitLayers(layer.children, x)),
})
