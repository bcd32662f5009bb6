/** The numbers that probes read: outputs of a batch's activation layers among them, which are handed over whole. */
import type { Value } from '../../ir/builder.js'
import type { Layer } from '../../model/layers/layer.js'
import { activationLayers, type Model } from '../../model/model.js'
import type { Probe } from '../../run/events.js'
import { elementCount, type Tensor, type TensorMap } from '../../tensor.js'
import { names } from '../names.js'
import type { Look } from './look.js'

/** Numbers that should be there; a single NaN where they are not, so that nothing that is missing looks like 0. */
export function probedData(tensor: Tensor | undefined): ArrayLike<number> {
  return tensor?.data ?? [Number.NaN]
}

/** Samples of a batch whose singular values are looked at: the work grows with their square. */
export const MOST_SAMPLES = 64

/** The values of layers under names of outputs, as far as they are there. */
export function valuesOf(
  layers: readonly Layer[],
  of: ReadonlyMap<string, Value>,
  name: (layer: string) => string,
): Readonly<Record<string, Value>> {
  return Object.fromEntries(
    layers.flatMap((layer) => {
      const value = of.get(layer.name)
      return value === undefined ? [] : [[name(layer.name), value]]
    }),
  )
}

/** Hands over what each activation layer gives. */
export const emitActivations: Look['emit'] = (_, { model, pass: { outputs } }) =>
  valuesOf(activationLayers(model), outputs, names.activations)

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
