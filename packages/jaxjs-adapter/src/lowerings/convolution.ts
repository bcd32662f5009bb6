/** Convolution and its gradients as products of matrices with what windows read. */
import { elementCount } from '@isograd/core/backend'
import { type Places, readers, readPlaces } from '@isograd/core/ir'
import type { Jax, JaxArray } from '../runtime.js'
import { inputAt, type LoweringsOf } from './lowering.js'
import { patchesOf } from './patches.js'

/** The patches of each group as a matrix: [batch, groups, channels * window, positions]. */
function groupedPatches(jax: Jax, x: JaxArray, places: Places, groups: number, channels: number): JaxArray {
  const [batch = 1] = x.shape
  return patchesOf(jax, x, places).reshape([batch, groups, channels * places.window, places.positions])
}

/** A B for each group of each sample. The kernel's matrices are repeated first: matmul exchanges axes that it repeats itself. */
function products({ numpy: np }: Jax, kernel: JaxArray, patches: JaxArray): JaxArray {
  const [batch = 1] = patches.shape
  return np.matmul(np.broadcastTo(kernel, [batch, ...kernel.shape]), patches)
}

/** The convolution family. */
export const convolutionLowerings: LoweringsOf<'convolve' | 'convolveData' | 'convolveFilter'> = {
  convolve: (call) => {
    const { jax, attributes, shape } = call
    const [x, kernel] = [inputAt(call, 0), inputAt(call, 1)]
    const { groups } = attributes
    const [outputs = 1, channels = 1, ...window] = kernel.shape
    const places = readPlaces(attributes, x.shape.slice(2), window)
    const matrices = kernel.reshape([groups, outputs / groups, channels * elementCount(window)])
    return products(jax, matrices, groupedPatches(jax, x, places, groups, channels)).reshape([...shape])
  },
  convolveData: (call) => {
    const { jax, attributes, shape } = call
    const [y, kernel] = [inputAt(call, 0), inputAt(call, 1)]
    const { groups, size } = attributes
    const [outputs = 1, channels = 1, ...window] = kernel.shape
    const own = outputs / groups
    const places = readers(attributes, size, window)
    const turned = kernel.reshape([groups, own, channels, elementCount(window)]).transpose([0, 2, 1, 3])
    const matrices = turned.reshape([groups, channels, own * elementCount(window)])
    return products(jax, matrices, groupedPatches(jax, y, places, groups, own)).reshape([...shape])
  },
  convolveFilter: (call) => {
    const { jax, attributes, shape } = call
    const [x, y] = [inputAt(call, 0), inputAt(call, 1)]
    const { groups, size } = attributes
    const [outputs = 1, channels = 1] = shape
    const [batch = 1] = x.shape
    const own = outputs / groups
    const places = readPlaces(attributes, x.shape.slice(2), size)
    const { window, positions } = places
    const patches = groupedPatches(jax, x, places, groups, channels).transpose([1, 0, 3, 2])
    const right = patches.reshape([groups, batch * positions, channels * window])
    const results = y.reshape([batch, groups, own, positions]).transpose([1, 2, 0, 3])
    return jax.numpy.matmul(results.reshape([groups, own, batch * positions]), right).reshape([...shape])
  },
}
