/** The parameter that optimizers are tried on, the number of steps, and what is asked of tensors after them. */
import { bitDifferences } from '../../numerics/bits.js'
import { elementCount, type TensorMap } from '../../tensor.js'
import { firstBreach, firstNotFinite } from './law.js'

/** Shape of the parameter. */
export const SHAPE: readonly number[] = [3, 4]

/** Numbers in it. */
export const SIZE: number = elementCount(SHAPE)

/** Steps of a trial, an even number. */
export const STEPS = 6

/** The first number that is not finite, in words. */
export function notFinite(tensors: TensorMap): string | undefined {
  return firstBreach(
    Object.entries(tensors).map(([name, { data }]) => {
      const at = firstNotFinite(data)
      return at < 0 ? undefined : `"${name}", element ${at}: ${data[at]} after ${STEPS} steps`
    }),
  )
}

/** The first bit in which two trials differ, in words. */
export function firstDifference(a: TensorMap, b: TensorMap, when: string): string | undefined {
  const [first] = bitDifferences(a, b)
  return first && `"${first.name}" ${when}: first ${first.a}, then ${first.b}`
}
