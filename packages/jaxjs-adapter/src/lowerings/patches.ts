/**
 * Windows by numbers of places: what each window reads is gathered into [batch, channels, ...], from which products, sums
 * and maxima follow.
 */
import type { Places } from '@isograd/core/ir'
import type { Jax, JaxArray } from '../runtime.js'

/** The elements that all windows read, and `padding` where they read nothing: [batch, channels, window, positions]. */
export function patchesOf({ numpy: np }: Jax, x: JaxArray, places: Places, padding = 0): JaxArray {
  const { window, positions, plane, at } = places
  const [batch = 1, channels = 1] = x.shape
  const flat = x.reshape([batch, channels, plane])
  const edge = np.full([batch, channels, 1], padding, { dtype: np.float32 })
  const padded = np.concatenate([flat, edge], 2)
  const numbers = np.array(Int32Array.from(at).map((place) => (place < 0 ? plane : place)))
  return np.take(padded, numbers, 2).reshape([batch, channels, window, positions])
}

/** The sums of what windows read, under a shape. */
export function sumOfPatches(jax: Jax, x: JaxArray, places: Places, shape: readonly number[]): JaxArray {
  return jax.numpy.sum(patchesOf(jax, x, places), 2).reshape([...shape])
}
