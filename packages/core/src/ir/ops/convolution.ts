/**
 * Convolution, as networks have it (no turning of the kernel), and its gradients by the samples and by the kernel, each of
 * which has the other two for its own gradients. Samples are [batch, channels, ...spatial] with one or two spatial axes,
 * kernels [outputs, channels / groups, ...window], as PyTorch and ONNX have them.
 */
import { addProduct, type Lines } from '../../numerics/product.js'
import { elementCount } from '../../tensor.js'
import { formatShape, type TensorType } from '../program.js'
import {
  inputAt,
  type NumericTensor,
  type OperationTable,
  requireFloat,
  requireSameDType,
  ShapeFault,
} from './operation.js'
import {
  type Places,
  readers,
  readPlaces,
  requireShape,
  type Spatial,
  spatialType,
  type Window,
  windowedSizes,
} from './windows.js'

/** Attributes of a convolution. */
export interface ConvolveAttributes extends Window {
  /** Channels and outputs are cut into so many groups, of which each sees its own alone. */
  readonly groups: number
}

/** Attributes of the convolution family. */
export interface ConvolutionAttributes {
  convolve: ConvolveAttributes
  /** `size`: spatial lengths of the samples. */
  convolveData: ConvolveAttributes & { readonly size: readonly number[] }
  /** `size`: spatial lengths of the kernel. */
  convolveFilter: ConvolveAttributes & { readonly size: readonly number[] }
}

/** Channels, outputs and windows of a convolution, all known. */
export interface Convolution {
  /** Of each group. */
  readonly channels: number
  readonly outputs: number
  readonly groups: number
  readonly input: readonly number[]
  readonly window: readonly number[]
}

interface Kernel {
  readonly outputs: number
  readonly channels: number
  readonly sizes: readonly number[]
}

function kernelType(type: TensorType, groups: number): Kernel {
  const [outputs, channels, ...sizes] = requireFloat(type).shape.map(Number)
  if (!Number.isInteger(groups) || groups < 1)
    throw new ShapeFault(`expected a positive number of groups, got ${groups}`)
  if (outputs === undefined || channels === undefined || [outputs, channels, ...sizes].some(Number.isNaN)) {
    throw new ShapeFault(`expected a kernel [outputs, channels / groups, ...window], got ${formatShape(type.shape)}`)
  }
  if (outputs % groups !== 0) throw new ShapeFault(`${outputs} outputs do not fall into ${groups} groups`)
  return { outputs, channels, sizes }
}

function requireChannels(what: string, got: number, expected: number): void {
  if (got !== expected) throw new ShapeFault(`expected ${what} of ${expected} channels, got ${got}`)
}

/** The samples that a convolution of these attributes would make of `size`. */
function requireResult(
  { sizes }: Spatial,
  attributes: Window,
  size: readonly number[],
  window: readonly number[],
): void {
  const expected = windowedSizes(attributes, size, window)
  if (String(expected) !== String(sizes)) {
    throw new ShapeFault(
      `expected spatial lengths [${expected.join(',')}] of what was convolved, got [${sizes.join(',')}]`,
    )
  }
}

function shapesOf(samples: readonly number[], kernel: readonly number[], groups: number): Convolution {
  const [outputs = 1, channels = 1, ...window] = kernel
  return { channels, outputs: outputs / groups, groups, input: samples.slice(2), window }
}

/** Batch, samples and kernel of a node of the family, from the shapes of its inputs and its result. */
export function convolutionOf(
  op: keyof ConvolutionAttributes,
  [first, second]: readonly NumericTensor[],
  { groups }: ConvolveAttributes,
  shape: readonly number[],
): Convolution & { readonly batch: number } {
  const [one, other] = [first?.shape ?? [], second?.shape ?? []]
  const samples = op === 'convolveData' ? shape : one
  return { batch: inputAt(samples, 0), ...shapesOf(samples, op === 'convolveFilter' ? shape : other, groups) }
}

/** The elements that windows read of some channels: [channels * window, positions]. Padding is zero. */
function columns(data: ArrayLike<number>, start: number, channels: number, places: Places): Float64Array {
  const { window, positions, plane, at } = places
  const out = new Float64Array(channels * window * positions)
  for (let channel = 0; channel < channels; channel++) {
    const from = start + channel * plane
    for (let k = 0; k < window; k++) {
      const to = (channel * window + k) * positions
      for (let p = 0; p < positions; p++) {
        const place = at[k * positions + p] as number
        if (place >= 0) out[to + p] = data[from + place] as number
      }
    }
  }
  return out
}

/** The kernel of a group with its first two axes exchanged: [channels, outputs * window]. */
function turnedKernel(
  { data }: NumericTensor,
  group: number,
  { outputs, channels, window }: Convolution,
): Float64Array {
  const size = elementCount(window)
  const out = new Float64Array(outputs * channels * size)
  for (let o = 0; o < outputs; o++) {
    for (let c = 0; c < channels; c++) {
      const from = ((group * outputs + o) * channels + c) * size
      for (let k = 0; k < size; k++) out[(c * outputs + o) * size + k] = data[from + k] as number
    }
  }
  return out
}

function part({ data }: NumericTensor, start: number, length: number): Float64Array {
  const out = new Float64Array(length)
  for (let i = 0; i < length; i++) out[i] = data[start + i] as number
  return out
}

const rowsOf = (data: Float64Array, width: number): Lines => ({ data, line: width, term: 1 })
const columnsOf = (data: Float64Array, width: number): Lines => ({ data, line: 1, term: width })

/** Calls `each` for all groups of all samples. */
function forGroups(batch: number, groups: number, each: (group: number, at: number) => void): void {
  for (let group = 0; group < groups; group++) for (let n = 0; n < batch; n++) each(group, n * groups + group)
}

/** The convolution family. */
export const convolution: OperationTable<ConvolutionAttributes> = {
  convolve: {
    formula: 'y[n,o,p] = sum_c,k x[n,c,p*stride + k*dilation - before] w[o,c,k]; outside of x nothing; see below',
    arity: 2,
    isProduct: true,
    infer: (inputs, attributes) => {
      const x = spatialType(inputAt(inputs, 0))
      const w = kernelType(inputAt(inputs, 1), attributes.groups)
      requireChannels('samples', x.channels, w.channels * attributes.groups)
      return {
        dtype: requireSameDType(inputs),
        shape: [x.batch, w.outputs, ...windowedSizes(attributes, x.sizes, w.sizes)],
      }
    },
    gradient: ({ b, inputs, upstream, attributes }, input) => {
      const [x, w] = [inputAt(inputs, 0), inputAt(inputs, 1)]
      return input === 0
        ? b.convolveData(upstream, w, spatialType(x.type).sizes, attributes)
        : b.convolveFilter(x, upstream, w.type.shape.slice(2).map(Number), attributes)
    },
    evaluate: (inputs, attributes, shape) => {
      const [x, w] = [inputAt(inputs, 0), inputAt(inputs, 1)]
      const { batch, channels, outputs, groups, input, window } = convolutionOf('convolve', inputs, attributes, shape)
      const places = readPlaces(attributes, input, window)
      const inner = channels * places.window
      const out = new Float64Array(elementCount(shape))
      forGroups(batch, groups, (group, at) => {
        const read = columns(x.data, at * channels * places.plane, channels, places)
        const kernel = part(w, group * outputs * inner, outputs * inner)
        const { positions } = places
        const size = { rows: outputs, inner, columns: positions }
        addProduct(rowsOf(kernel, inner), columnsOf(read, positions), size, out.subarray(at * outputs * positions))
      })
      return out
    },
  },
  convolveData: {
    formula: 'gradient of convolve by x: x[n,c,i] = sum_o,k,p y[n,o,p] w[o,c,k], i = p*stride + k*dilation - before',
    arity: 2,
    isProduct: true,
    infer: (inputs, attributes) => {
      const y = spatialType(inputAt(inputs, 0))
      const w = kernelType(inputAt(inputs, 1), attributes.groups)
      requireChannels('samples', y.channels, w.outputs)
      requireResult(y, attributes, attributes.size, w.sizes)
      return { dtype: requireSameDType(inputs), shape: [y.batch, w.channels * attributes.groups, ...attributes.size] }
    },
    gradient: ({ b, inputs, upstream, attributes }, input) => {
      const [y, w] = [inputAt(inputs, 0), inputAt(inputs, 1)]
      return input === 0
        ? b.convolve(upstream, w, attributes)
        : b.convolveFilter(upstream, y, w.type.shape.slice(2).map(Number), attributes)
    },
    evaluate: (inputs, attributes, shape) => {
      const [y, w] = [inputAt(inputs, 0), inputAt(inputs, 1)]
      const sizes = convolutionOf('convolveData', inputs, attributes, shape)
      const { batch, channels, outputs, groups, input, window } = sizes
      const places = readers(attributes, input, window)
      const out = new Float64Array(elementCount(shape))
      forGroups(batch, groups, (group, at) => {
        const read = columns(y.data, at * outputs * places.plane, outputs, places)
        const size = { rows: channels, inner: outputs * places.window, columns: places.positions }
        const kernel = rowsOf(turnedKernel(w, group, sizes), size.inner)
        addProduct(kernel, columnsOf(read, places.positions), size, out.subarray(at * channels * places.positions))
      })
      return out
    },
  },
  convolveFilter: {
    formula: 'gradient of convolve by w: w[o,c,k] = sum_n,p x[n,c,p*stride + k*dilation - before] y[n,o,p]',
    arity: 2,
    isProduct: true,
    infer: (inputs, attributes) => {
      const [x, y] = [spatialType(inputAt(inputs, 0)), spatialType(inputAt(inputs, 1))]
      const { groups, size } = attributes
      requireShape('what was convolved', y.type, [x.batch, y.channels, ...windowedSizes(attributes, x.sizes, size)])
      const kernel = { dtype: requireSameDType(inputs), shape: [y.channels, x.channels / groups, ...size] }
      requireChannels('samples', x.channels, Math.floor(kernelType(kernel, groups).channels) * groups)
      return kernel
    },
    gradient: ({ b, inputs, upstream, attributes }, input) => {
      const [x, y] = [inputAt(inputs, 0), inputAt(inputs, 1)]
      return input === 0
        ? b.convolveData(y, upstream, spatialType(x.type).sizes, attributes)
        : b.convolve(x, upstream, attributes)
    },
    evaluate: (inputs, attributes, shape) => {
      const [x, y] = [inputAt(inputs, 0), inputAt(inputs, 1)]
      const { batch, channels, outputs, groups, input, window } = convolutionOf(
        'convolveFilter',
        inputs,
        attributes,
        shape,
      )
      const places = readPlaces(attributes, input, window)
      const { positions, plane } = places
      const inner = channels * places.window
      const out = new Float64Array(elementCount(shape))
      forGroups(batch, groups, (group, at) => {
        const read = columns(x.data, at * channels * plane, channels, places)
        const results = part(y, at * outputs * positions, outputs * positions)
        const size = { rows: outputs, inner: positions, columns: inner }
        addProduct(rowsOf(results, positions), rowsOf(read, positions), size, out.subarray(group * outputs * inner))
      })
      return out
    },
  },
}
