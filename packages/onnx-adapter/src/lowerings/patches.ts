/**
 * Windows by numbers of places: what each window reads is gathered into [batch, channels, window * positions], from
 * which products, sums and maxima follow. It serves where ONNX Runtime has no kernel: in float64, and for the
 * gradients of maxima.
 */
import { elementCount } from '@isograd/core/backend'
import type { OpName, Places, Shape } from '@isograd/core/ir'
import { axesOf, type LoweringContext } from './lowering.js'

type Context = LoweringContext<OpName>

/** The lengths of a shape without the batch. */
export function lengthsOf(shape: Shape): number[] {
  return shape.map(Number)
}

/** A tensor under lengths of which one may be -1 for what is left, and 0 for the length that it has. */
export function reshaped({ emit, graph }: Context, value: string, shape: readonly number[]): string {
  return emit('Reshape', [value, graph.constant('int64', [shape.length], shape)])
}

/** [batch, channels, ...spatial] with one place more in a plane, which holds `padding`: [batch, channels, plane + 1]. */
function withPadding(context: Context, x: string, { plane }: Places, padding: number): string {
  const flat = reshaped(context, x, [0, 0, plane])
  const value = context.graph.constant(context.node.type.dtype, [], [padding])
  return context.emit('Pad', [flat, axesOf(context, [0, 0, 0, 0, 0, 1]), value])
}

/** The elements that all windows read, and `padding` where they read nothing: [batch, channels, window * positions]. */
export function patchesOf(context: Context, x: string, places: Places, padding = 0): string {
  const { plane, at, window, positions } = places
  const numbers = Array.from(at, (place) => (place < 0 ? plane : place))
  const index = context.graph.constant('int32', [window * positions], numbers)
  return context.emit('Gather', [withPadding(context, x, places, padding), index], { axis: 2 })
}

/** The sums of what windows read: [batch, channels, positions], under the shape of the node. */
export function sumOfPatches(context: Context, x: string, places: Places): string {
  const patches = reshaped(context, patchesOf(context, x, places), [0, 0, places.window, places.positions])
  const sums = context.emit('ReduceSum', [patches, axesOf(context, [2])], { keepdims: 0 })
  return reshaped(context, sums, [0, 0, ...spatialOf(context)])
}

/** Spatial lengths of the node's result. */
export function spatialOf({ node }: Context): number[] {
  return lengthsOf(node.type.shape.slice(2))
}

/** The patches of each group as a matrix: [batch, groups, channels * window, positions]. */
export function groupedPatches(context: Context, x: string, places: Places, groups: number, channels: number): string {
  return reshaped(context, patchesOf(context, x, places), [-1, groups, channels * places.window, places.positions])
}

/** Number of places of a window of these lengths. */
export function placesIn(window: readonly number[]): number {
  return elementCount(window)
}
