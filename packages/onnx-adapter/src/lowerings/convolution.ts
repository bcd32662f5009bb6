/**
 * Convolution and its gradients. In float32 they are Conv and ConvTranspose, the gradient by the kernel a convolution
 * in which batch and channels have changed places. ONNX Runtime has neither in float64, where products of gathered patches
 * stand in.
 */
import { readers, readPlaces, type Window } from '@isograd/core/ir'
import { axesOf, inputAt, type LoweringContext, type LoweringsOf, typeAt } from './lowering.js'
import { groupedPatches, lengthsOf, placesIn, reshaped, spatialOf } from './patches.js'

type Context = LoweringContext<'convolve' | 'convolveData' | 'convolveFilter'>

/** The attributes that ONNX has in common with the IR; `pads` are all before, then all after. */
export function windowed({ strides, padding, dilations }: Window) {
  return { strides, dilations, pads: [...padding.map(([before]) => before), ...padding.map(([, after]) => after)] }
}

/** The kernel of each group as a matrix: [groups, outputs, channels * window]. */
function kernelMatrix(context: Context, kernel: string, shape: readonly number[], groups: number): string {
  const [outputs = 1, channels = 1, ...window] = shape
  return reshaped(context, kernel, [groups, outputs / groups, channels * placesIn(window)])
}

/** The same with outputs and channels exchanged: [groups, channels, outputs * window]. */
function turnedMatrix(context: Context, kernel: string, shape: readonly number[], groups: number): string {
  const [outputs = 1, channels = 1, ...window] = shape
  const size = placesIn(window)
  const parts = reshaped(context, kernel, [groups, outputs / groups, channels, size])
  const turned = context.emit('Transpose', [parts], { perm: [0, 2, 1, 3] })
  return reshaped(context, turned, [groups, channels, (outputs / groups) * size])
}

function convolve(context: LoweringContext<'convolve'>): string {
  const { attributes, type } = context.node
  const { groups } = attributes
  if (type.dtype === 'float32') return context.emit('Conv', context.inputs, { ...windowed(attributes), group: groups })
  const [samples, kernel] = [typeAt(context, 0).shape, lengthsOf(typeAt(context, 1).shape)]
  const [outputs = 1, channels = 1, ...window] = kernel
  const places = readPlaces(attributes, lengthsOf(samples.slice(2)), window)
  const patches = groupedPatches(context, inputAt(context, 0), places, groups, channels)
  const product = context.emit('MatMul', [kernelMatrix(context, inputAt(context, 1), kernel, groups), patches])
  return reshaped(context, product, [-1, outputs, ...spatialOf(context)])
}

/** Places behind the last one that a window reaches. */
export function unreached(
  { strides, padding, dilations, size }: Window & { readonly size: readonly number[] },
  window: readonly number[],
): number[] {
  return size.map((length, i) => {
    const [[before, after] = [0, 0], stride, dilation] = [padding[i], Number(strides[i]), Number(dilations[i])]
    return (length + before + after - (dilation * (Number(window[i]) - 1) + 1)) % stride
  })
}

function convolveData(context: LoweringContext<'convolveData'>): string {
  const { attributes, type } = context.node
  if (type.dtype === 'float64') return dataByPatches(context)
  const [, , ...window] = lengthsOf(typeAt(context, 1).shape)
  const output = { output_padding: unreached(attributes, window), group: attributes.groups }
  return context.emit('ConvTranspose', context.inputs, { ...windowed(attributes), ...output })
}

/** The gradient by the samples as products with what readers of each place read. */
export function dataByPatches(context: LoweringContext<'convolveData'>): string {
  const { attributes } = context.node
  const { groups, size } = attributes
  const kernel = lengthsOf(typeAt(context, 1).shape)
  const [outputs = 1, channels = 1, ...window] = kernel
  const places = readers(attributes, size, window)
  const patches = groupedPatches(context, inputAt(context, 0), places, groups, outputs / groups)
  const product = context.emit('MatMul', [turnedMatrix(context, inputAt(context, 1), kernel, groups), patches])
  return reshaped(context, product, [-1, channels * groups, ...size])
}

/** [batch, channels, ...] as [channels of a group, groups * batch, ...]. */
function channelsFirst(
  context: Context,
  x: string,
  groups: number,
  channels: number,
  spatial: readonly number[],
): string {
  const axes = spatial.map((_, i) => i + 2)
  if (groups === 1) return context.emit('Transpose', [x], { perm: [1, 0, ...axes] })
  const parts = reshaped(context, x, [-1, groups, channels, ...spatial])
  const turned = context.emit('Transpose', [parts], { perm: [2, 1, 0, ...axes.map((axis) => axis + 1)] })
  return reshaped(context, turned, [channels, -1, ...spatial])
}

/** The result of a convolution slides over the samples, by the dilation, its places apart by the stride; places too many are cut off. */
function filterByConv(context: LoweringContext<'convolveFilter'>): string {
  const { attributes, type } = context.node
  const { strides, dilations, groups, size } = attributes
  const [, channels = 1] = lengthsOf(type.shape)
  const spatial = lengthsOf(typeAt(context, 0).shape.slice(2))
  const axes = size.map((_, i) => i + 2)
  const samples = channelsFirst(context, inputAt(context, 0), groups, channels, spatial)
  const results = context.emit('Transpose', [inputAt(context, 1)], { perm: [1, 0, ...axes] })
  const window = windowed({ ...attributes, strides: dilations, dilations: strides })
  const kernel = context.emit('Conv', [samples, results], { ...window, group: groups })
  const zeros = size.map(() => 0)
  const isWhole = strides.every((stride) => stride === 1)
  const whole = isWhole
    ? kernel
    : context.emit('Slice', [kernel, axesOf(context, zeros), axesOf(context, size), axesOf(context, axes)])
  return context.emit('Transpose', [whole], { perm: [1, 0, ...axes] })
}

function convolveFilter(context: LoweringContext<'convolveFilter'>): string {
  const { attributes, type } = context.node
  if (type.dtype === 'float32') return filterByConv(context)
  const { groups, size } = attributes
  const [outputs = 1, channels = 1] = lengthsOf(type.shape)
  const places = readPlaces(attributes, lengthsOf(typeAt(context, 0).shape.slice(2)), size)
  const patches = groupedPatches(context, inputAt(context, 0), places, groups, channels)
  const turned = context.emit('Transpose', [patches], { perm: [0, 1, 3, 2] })
  const results = reshaped(context, inputAt(context, 1), [-1, groups, outputs / groups, places.positions])
  const products = context.emit('MatMul', [results, turned])
  const sum = context.emit('ReduceSum', [products, axesOf(context, [0])], { keepdims: 0 })
  return reshaped(context, sum, lengthsOf(type.shape))
}

/** The convolution family. */
export const convolutionLowerings: LoweringsOf<'convolve' | 'convolveData' | 'convolveFilter'> = {
  convolve,
  convolveData,
  convolveFilter,
}
