/** The numbers that probes read: outputs of a batch's activation layers among them, which are handed over whole. */
import type { Value } from '../../ir/builder.js'
import { activationLayers, type Model } from '../../model/model.js'
import type { Probe } from '../../run/events.js'
import { elementCount, type Tensor, type TensorMap } from '../../tensor.js'
import { names } from '../names.js'
import type { Look } from './look.js'

/** Numbers that should be there; a single NaN where they are not, so that nothing that is missing looks like 0. */
export function probedData(tensor: Tensor | undefined): ArrayLike<number> {
  return tensor?.data ?? [Number.NaN]
}

/** Hands over what each activation layer gives. */
export const emitActivations: Look['emit'] = (_, { model, pass: { outputs } }) =>
  Object.fromEntries(
    activationLayers(model).flatMap(({ name }): [string, Value][] => {
      const output = outputs.get(name)
      return output === undefined ? [] : [[names.activations(name), output]]
    }),
  )

/** A number of each activation layer. @param of given outputs of a batch, and how many numbers each sample has; else NaN. */
export function readActivations(
  { quantity, model, ys }: { readonly quantity: Probe['quantity']; readonly model: Model; readonly ys: TensorMap },
  of: (outputs: ArrayLike<number>, size: number) => number,
): Probe[] {
  return activationLayers(model).map(({ name: layer, outputShape }) => {
    const outputs = probedData(ys[names.activations(layer)])
    const size = elementCount(outputShape)
    return { quantity, layer, axes: [], values: [outputs.length < size ? Number.NaN : of(outputs, size)] }
  })
}
