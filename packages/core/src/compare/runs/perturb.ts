/**
 * The smallest change there is: every weight one unit in the last place up or down, at random. Two trainings that differ
 * by it are the measure for two trainings on different backends, since nobody could call either of them wrong.
 */
import type { Model } from '../../model/model.js'
import { neighbour } from '../../numerics/rounding.js'
import { RandomStream } from '../../random/stream.js'
import type { FloatDType, Tensor, TensorMap } from '../../tensor.js'

/** Perturbed trainings of each backend: the largest of so many on two backends is exceeded by another once in seven. */
export const PERTURBATIONS = 3

function perturbed(tensor: Tensor, stream: RandomStream): Tensor {
  const data = tensor.data.slice()
  for (let i = 0; i < data.length; i += 32) {
    const bits = stream.word()
    for (let j = i; j < Math.min(i + 32, data.length); j++) {
      data[j] = neighbour(tensor.dtype as FloatDType, data[j] as number, ((bits >>> (j - i)) & 1) === 1)
    }
  }
  return { ...tensor, data } as Tensor
}

/** The carry with every parameter perturbed; a stream of random bits for each of them. */
export function perturbWeights(carry: TensorMap, model: Model, seed: number): TensorMap {
  const changed = model.parameters.map(({ name }, index): [string, Tensor | undefined] => {
    const tensor = carry[name]
    return [name, tensor && perturbed(tensor, new RandomStream(seed, 'perturbation', index))]
  })
  return { ...carry, ...Object.fromEntries(changed.flatMap(([name, tensor]) => (tensor ? [[name, tensor]] : []))) }
}
