/** The part that layers which join several inputs element by element have in common. */
import { InputError } from '../../errors.js'
import type { Builder, Value } from '../../ir/builder.js'
import { formatShape } from '../../ir/program.js'
import { sameShape } from '../../tensor.js'
import { type BuildContext, layer } from './layer.js'

/** Two inputs or more. */
export const SEVERAL = [2, Number.POSITIVE_INFINITY] as const

/** @throws InputError for inputs of which one has another shape than the first. */
export function requireSameShapes({ name, inputShape, inputShapes }: BuildContext): void {
  if (inputShapes.every((shape) => sameShape(shape, inputShape))) return
  throw new InputError(
    'core',
    `model layer "${name}": expected inputs of one shape, got ${inputShapes.map(formatShape).join(', ')}`,
  )
}

/** A function of two values, in the words of each tool. */
interface Joined {
  readonly emit: (b: Builder, x: Value, y: Value) => Value
  readonly keras: string
  readonly onnx: string
  /** Python's operator. */
  readonly operator: string
}

/** A layer that joins its inputs, which have one shape, two at a time. */
export function joining({ emit, keras, onnx, operator }: Joined) {
  return layer({
    arity: SEVERAL,
    build: (_, context) => {
      requireSameShapes(context)
      return {
        outputShape: context.inputShape,
        emit: ({ b, xs }) => xs.reduce((x, y) => emit(b, x, y)),
        keras: () => ({ className: keras, config: {}, channels: 'either', weights: [] }),
        onnx: (_x, writer) => writer.xs.reduce((x, y) => writer.emit(onnx, [x, y])),
        torch: () => ({ expression: (xs) => xs.join(` ${operator} `) }),
      }
    },
  })
}
