/** Shapes that layers over sequences ask for, and how the steps of one are parted and put together. */
import { InputError } from '../../errors.js'
import type { Builder, Value } from '../../ir/builder.js'
import { BATCH } from '../../ir/program.js'
import type { BuildContext } from './layer.js'

/** Steps and features of a sequence. */
export interface SequenceShape {
  readonly steps: number
  readonly features: number
}

/**
 * The steps and features of the input at `index`.
 * @throws InputError when it is not [steps, features], or is [channels, steps] of a layer over spatial axes.
 */
export function requireSequence({ name, inputShapes, channelsFirst }: BuildContext, index = 0): SequenceShape {
  const shape = inputShapes[index] ?? []
  if (channelsFirst && shape.length === 2) {
    throw new InputError(
      'core',
      `model layer "${name}": expected [steps, features], got [channels, steps] of [${shape.join(',')}], as layers over spatial axes give them; put { "type": "permute", "axes": [1, 0] } before it`,
    )
  }
  const [steps, features] = shape
  if (shape.length === 2 && steps !== undefined && features !== undefined && steps > 0) return { steps, features }
  throw new InputError(
    'core',
    `model layer "${name}": expected a sequence, [steps, features], got [${shape.join(',')}]; ${sequenceCure(shape, channelsFirst)}`,
  )
}

/** The layers that make a sequence of what is none. */
function sequenceCure(shape: readonly number[], channelsFirst: boolean): string {
  const [first = 1, second = 1, third = 1] = shape
  if (shape.length < 3) {
    return 'put { "type": "reshape" } before it, or { "type": "embedding" } where the input is numbers of tokens'
  }
  if (channelsFirst && shape.length === 3) {
    const steps = `{ "type": "permute", "axes": [1, 2, 0] }, { "type": "reshape", "shape": [${second}, ${third * first}] }`
    return `put ${steps} before it to make each row a step`
  }
  return `put { "type": "reshape", "shape": [${first}, -1] } before it to make each row a step`
}

/** @throws InputError when the input at `index`, where there is one, is not a token for each step. */
export function requireTokens({ name, inputShapes }: BuildContext, index: number, steps: number): boolean {
  const shape = inputShapes[index]
  if (shape === undefined) return false
  if (shape.length === 1 && shape[0] === steps) return true
  throw new InputError(
    'core',
    `model layer "${name}": expected a token for each of ${steps} steps as input ${index + 1}, [${steps}], got [${shape.join(',')}]`,
  )
}

/** Elements of one step of a value [batch, steps, features], as [batch, features]. */
export function stepOf(b: Builder, x: Value, step: number): Value {
  return b.reshape(b.slice(x, 1, step, step + 1), [BATCH, ...x.type.shape.slice(2)])
}

/** Values [batch, features], one for each step, as [batch, steps, features]. */
export function stacked(b: Builder, steps: readonly Value[]): Value {
  const parts = steps.map((step) => b.reshape(step, [BATCH, 1, ...step.type.shape.slice(1)]))
  return b.concat(parts, 1)
}

/** Tells, [batch, steps], where a token is padding, as bool. */
export function isPadding(b: Builder, tokens: Value, padding: number): Value {
  return b.equal(tokens, b.constant(padding, tokens.type.dtype))
}
