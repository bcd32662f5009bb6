/** Reshape: the numbers of a sample, row-major, under another shape. */
import * as z from 'zod/mini'
import { InputError } from '../../errors.js'
import { BATCH, formatShape } from '../../ir/program.js'
import { described } from '../../registry/described.js'
import { elementCount } from '../../tensor.js'
import { type BuildContext, layer } from './layer.js'

/** The shape with the length in it that was left open. @throws InputError where it has another number of elements. */
function filled({ name, inputShape }: BuildContext, shape: readonly number[]): number[] {
  const known = shape.filter((size) => size !== -1)
  const open = elementCount(inputShape) / elementCount(known)
  const whole = shape.map((size) => (size === -1 ? open : size))
  const isOne = shape.length - known.length <= 1
  if (isOne && Number.isInteger(open) && elementCount(whole) === elementCount(inputShape)) return whole
  throw new InputError(
    'core',
    `model layer "${name}": expected a shape of ${elementCount(inputShape)} elements for ${formatShape(inputShape)}, got ${formatShape(shape)}`,
  )
}

const size = z.union([z.int().check(z.gte(1)), z.literal(-1)])

/** `{ "type": "reshape", "shape": [7, 7, -1] }`; one length may be left open, -1. */
export const reshape = layer({
  settings: {
    shape: described(z.array(size).check(z.minLength(1)), 'Shape of one sample; -1 for a length that follows.'),
  },
  build: ({ shape }, context) => {
    const outputShape = filled(context, shape)
    return {
      outputShape,
      channelsFirst: false,
      emit: ({ b, x }) => b.reshape(x, [BATCH, ...outputShape]),
      keras: () => ({ className: 'Reshape', config: { target_shape: outputShape }, weights: [] }),
      torch: () => ({ expression: ([x]) => `${x}.reshape(-1, ${outputShape.join(', ')})` }),
    }
  },
})
