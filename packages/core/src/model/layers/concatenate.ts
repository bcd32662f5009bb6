/** Concatenate: several inputs one behind the other along an axis. */
import * as z from 'zod/mini'
import { InputError } from '../../errors.js'
import { formatShape } from '../../ir/program.js'
import { described } from '../../registry/described.js'
import { SEVERAL } from './join.js'
import { type BuildContext, layer } from './layer.js'

/** The axis of a sample, counted from 0, and the length of all inputs along it. @throws InputError where they do not fit. */
function joint({ name, inputShape, inputShapes }: BuildContext, axis: number): { axis: number; length: number } {
  const at = axis < 0 ? inputShape.length + axis : axis
  const others = (shape: readonly number[]): string => shape.map((size, i) => (i === at ? '' : size)).join()
  const alike = inputShapes.every((shape) => others(shape) === others(inputShape))
  if (alike && at >= 0 && at < inputShape.length) {
    return { axis: at, length: inputShapes.reduce((sum, shape) => sum + Number(shape[at]), 0) }
  }
  const expected = `inputs that have axis ${axis} and are alike in all others`
  throw new InputError(
    'core',
    `model layer "${name}": expected ${expected}, got ${inputShapes.map(formatShape).join(', ')}`,
  )
}

/** `{ "type": "concatenate", "inputs": ["a", "b"] }` */
export const concatenate = layer({
  arity: SEVERAL,
  settings: { axis: described(z._default(z.int(), -1), 'Axis of a sample, the first is 0, the last -1.') },
  build: (settings, context) => {
    const { axis, length } = joint(context, settings.axis)
    return {
      outputShape: context.inputShape.map((size, i) => (i === axis ? length : size)),
      emit: ({ b, xs }) => b.concat(xs, axis + 1),
      keras: () => ({ className: 'Concatenate', config: { axis: axis + 1 }, weights: [] }),
      onnx: (_, { emit, xs }) => emit('Concat', xs, { axis: axis + 1 }),
      torch: () => ({ expression: (xs) => `torch.cat([${xs.join(', ')}], dim=${axis + 1})` }),
    }
  },
})
