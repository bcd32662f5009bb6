/** Pooled maxima and sums, and their gradients. */
import { type PoolAttributes, readers, readPlaces } from '@isograd/core/ir'
import { castTo, inputAt, type LoweringContext, type LoweringsOf, typeAt } from './lowering.js'
import { unreached, windowed } from './convolution.js'
import { lengthsOf, patchesOf, reshaped, spatialOf, sumOfPatches } from './patches.js'

type Context = LoweringContext<'maxPool' | 'maxPoolData' | 'sumPool' | 'sumPoolData'>

/** The number of the place that holds the first of the largest: [batch, channels, 1, positions]. */
function placeOfMaximum(context: Context, attributes: PoolAttributes) {
  const places = readPlaces(attributes, lengthsOf(typeAt(context, 0).shape.slice(2)), attributes.window)
  const shape = [0, 0, places.window, places.positions]
  const patches = reshaped(context, patchesOf(context, inputAt(context, 0), places, -Infinity), shape)
  return { places, shape, place: context.emit('ArgMax', [patches], { axis: 2, keepdims: 1 }) }
}

/** MaxPool of a value over the windows of a node. */
export function largestInWindows(context: LoweringContext<'maxPool'>, value: string): string {
  const { attributes } = context.node
  return context.emit('MaxPool', [value], { ...windowed(attributes), kernel_shape: attributes.window })
}

/** True where MaxPool is the operation: padding shorter than the window, as it wants it, and values at their own maxima. */
export function isMaxPool({ node: { attributes }, inputs }: LoweringContext<'maxPool'>): boolean {
  return inputs[0] === inputs[1] && isShort(attributes)
}

/** MaxPool passes over a NaN: windows that hold one are found apart. */
function maximum(context: LoweringContext<'maxPool'>): string {
  const { type } = context.node
  const x = inputAt(context, 0)
  const pool = (value: string): string => largestInWindows(context, value)
  const holdsNaN = castTo(context, pool(castTo(context, context.emit('IsNaN', [x]), 'float32')), 'bool')
  return context.emit('Where', [holdsNaN, context.graph.constant(type.dtype, [], [Number.NaN]), pool(x)])
}

function maxPool(context: LoweringContext<'maxPool'>): string {
  const { attributes } = context.node
  if (isMaxPool(context)) return maximum(context)
  const { places, shape, place } = placeOfMaximum(context, attributes)
  const values = reshaped(context, patchesOf(context, inputAt(context, 1), places), shape)
  const taken = context.emit('GatherElements', [values, place], { axis: 2 })
  return reshaped(context, taken, [0, 0, ...spatialOf(context)])
}

function isShort({ padding, window }: PoolAttributes): boolean {
  return padding.every((pair, i) => Math.max(...pair) < Number(window[i]))
}

/** True where no place is in two windows: then nothing is added. */
function areApart({ window, strides, dilations }: PoolAttributes): boolean {
  return window.every((length, i) => Number(strides[i]) > Number(dilations[i]) * (length - 1))
}

/** MaxPool's own numbers of places, and what was pooled put back there. */
function putBack(context: LoweringContext<'maxPoolData'>): string {
  const { attributes, type, id, name } = context.node
  const { pads, strides, dilations } = windowed(attributes)
  const window = { kernel_shape: attributes.window, strides, pads }
  const places = `%${id} ${name} places`
  context.graph.node('MaxPool', places, [inputAt(context, 0)], [`%${id} ${name} largest`, places], {
    ...window,
    dilations,
  })
  return context.emit('MaxUnpool', [inputAt(context, 1), places, context.shapeOf(type.shape)], window)
}

/** The value that each window gives to the place of its largest, added up over the windows that hold a place. */
function maxPoolData(context: LoweringContext<'maxPoolData'>): string {
  const { attributes, type } = context.node
  const canPutBack = type.dtype === 'float32' && isShort(attributes) && areApart(attributes)
  return canPutBack ? putBack(context) : spreadMaxima(context)
}

/** The same by comparing numbers of places, whatever the windows. */
export function spreadMaxima(context: LoweringContext<'maxPoolData'>): string {
  const { attributes, type } = context.node
  const { places, place } = placeOfMaximum(context, attributes)
  const { window, positions } = places
  const numbers = context.graph.constant('int64', [window, 1], [...Array(window).keys()])
  const given = reshaped(context, inputAt(context, 1), [0, 0, 1, positions])
  const zero = context.graph.constant(type.dtype, [], [0])
  const parts = context.emit('Where', [context.emit('Equal', [place, numbers]), given, zero])
  const back = readers(attributes, spatialOf(context), attributes.window)
  const at = back.at.map((reader, i) => (reader < 0 ? -1 : Math.floor(i / back.positions) * positions + reader))
  return sumOfPatches(context, parts, { ...back, plane: window * positions, at })
}

/** Ones as the kernel of a convolution of single planes. */
function planesBy(
  opType: string,
  context: LoweringContext<'sumPool' | 'sumPoolData'>,
  more: Readonly<Record<string, number[]>>,
): string {
  const { attributes, type } = context.node
  const { window } = attributes
  const [, channels, ...spatial] = typeAt(context, 0).shape.map(Number)
  const places = window.reduce((product, length) => product * length, 1)
  const ones = context.graph.constant(
    'float32',
    [1, 1, ...window],
    Array.from({ length: places }, () => 1),
  )
  const planes = reshaped(context, inputAt(context, 0), [-1, 1, ...spatial])
  const sums = context.emit(opType, [planes, ones], { ...windowed(attributes), ...more })
  return reshaped(context, sums, [-1, Number(channels), ...type.shape.slice(2).map(Number)])
}

function sumPool(context: LoweringContext<'sumPool'>): string {
  const { attributes, type } = context.node
  if (type.dtype === 'float32') return planesBy('Conv', context, {})
  const places = readPlaces(attributes, lengthsOf(typeAt(context, 0).shape.slice(2)), attributes.window)
  return sumOfPatches(context, inputAt(context, 0), places)
}

function sumPoolData(context: LoweringContext<'sumPoolData'>): string {
  const { attributes, type } = context.node
  if (type.dtype === 'float32') {
    return planesBy('ConvTranspose', context, { output_padding: unreached(attributes, attributes.window) })
  }
  return sumOfPatches(context, inputAt(context, 0), readers(attributes, attributes.size, attributes.window))
}

/** The pooling family. */
export const poolingLowerings: LoweringsOf<'maxPool' | 'maxPoolData' | 'sumPool' | 'sumPoolData'> = {
  maxPool,
  maxPoolData,
  sumPool,
  sumPoolData,
}
