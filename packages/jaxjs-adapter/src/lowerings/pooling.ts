/** Pooled maxima and sums with their gradients, from what windows read. */
import { type PoolAttributes, readers, readPlaces } from '@isograd/core/ir'
import type { Jax, JaxArray } from '../runtime.js'
import { inputAt, type LoweringsOf } from './lowering.js'
import { patchesOf, sumOfPatches } from './patches.js'

/** True where a window's first of the largest is: [batch, channels, window, positions]. */
function placesOfMaxima(jax: Jax, x: JaxArray, attributes: PoolAttributes) {
  const { numpy: np } = jax
  const places = readPlaces(attributes, x.shape.slice(2), attributes.window)
  const patches = patchesOf(jax, x, places, -Infinity)
  const [, , window = 1] = patches.shape
  // argmax passes over a NaN, which here is larger than all; a shader may take it that isnan is never so.
  const isNaN = np.logicalNot(np.logicalOr(np.less(patches.ref, 1), np.greater(patches.ref, 0)))
  const firstNaN = np.argmax(isNaN.ref.astype(jax.DType.Int32), 2, { keepdims: true })
  const best = np.where(np.any(isNaN, 2, { keepdims: true }), firstNaN, np.argmax(patches, 2, { keepdims: true }))
  const numbers = np.arange(window).astype(jax.DType.Int32).reshape([window, 1])
  return { places, isBest: np.equal(best, numbers) }
}

/** The pooling family. */
export const poolingLowerings: LoweringsOf<'maxPool' | 'maxPoolData' | 'sumPool' | 'sumPoolData'> = {
  maxPool: (call) => {
    const { jax, attributes, shape } = call
    const { places, isBest } = placesOfMaxima(jax, inputAt(call, 0), attributes)
    const taken = jax.numpy.where(isBest, patchesOf(jax, inputAt(call, 1), places), 0)
    return jax.numpy.sum(taken, 2).reshape([...shape])
  },
  maxPoolData: (call) => {
    const { jax, attributes, shape } = call
    const [x, pooled] = [inputAt(call, 0), inputAt(call, 1)]
    const { places, isBest } = placesOfMaxima(jax, x, attributes)
    const [batch = 1, channels = 1] = pooled.shape
    const given = jax.numpy.where(isBest, pooled.reshape([batch, channels, 1, places.positions]), 0)
    const { window, positions, at, plane } = readers(attributes, shape.slice(2), attributes.window)
    const back = at.map((reader, i) => (reader < 0 ? -1 : Math.floor(i / positions) * places.positions + reader))
    return sumOfPatches(jax, given, { window, positions, plane: plane * window, at: back }, shape)
  },
  sumPool: (call) => {
    const { jax, attributes, shape } = call
    const x = inputAt(call, 0)
    return sumOfPatches(jax, x, readPlaces(attributes, x.shape.slice(2), attributes.window), shape)
  },
  sumPoolData: (call) => {
    const { jax, attributes, shape } = call
    return sumOfPatches(jax, inputAt(call, 0), readers(attributes, attributes.size, attributes.window), shape)
  },
}
