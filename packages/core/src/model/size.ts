/** The most that a network may hold. What needs more is refused where it is described, before anything is allocated. */
import { FieldError } from '../errors.js'
import { elementCount, totalElements } from '../tensor.js'
import type { BuiltLayer } from './layers/layer.js'

/** Numbers that all layers may hold together: 1 GiB in float32, and an optimizer such as Adam keeps four times that. */
const MOST_HELD = 2 ** 28
/** Numbers that a layer may give for one sample: 1 GiB in float32. */
const MOST_GIVEN = 2 ** 28

function listed(tensors: readonly { readonly name: string; readonly shape: readonly number[] }[]): string {
  return tensors.map(({ name, shape }) => `${name} [${shape.join(',')}]`).join(', ')
}

/**
 * The numbers that layers hold with one more.
 * @param before those of the layers before it. @param path the layer's place in the experiment.
 * @throws FieldError where they, or what it gives for a sample, are more than fit in memory.
 */
export function heldWith(
  before: number,
  { parameters = [], states = [], outputShape }: BuiltLayer,
  path: string,
): number {
  const given = elementCount(outputShape)
  if (!(given <= MOST_GIVEN)) {
    throw new FieldError(
      path,
      `expected at most ${MOST_GIVEN} numbers for a sample, got ${given}: [${outputShape.join(',')}]`,
    )
  }
  const held = before + totalElements(parameters) + totalElements(states)
  if (held <= MOST_HELD) return held
  const own = listed([...parameters, ...states])
  throw new FieldError(
    path,
    `expected a network of at most ${MOST_HELD} weights, got ${held} with ${own}; make it narrower`,
  )
}
