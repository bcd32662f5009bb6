/**
 * Windows that slide over the spatial axes of [batch, channels, ...spatial], one or two of them: the sizes that come out,
 * and which places meet. Convolution and pooling read their elements by these tables alone.
 */
import { elementCount } from '../../tensor.js'
import { type Dim, formatShape, type Shape, type TensorType } from '../program.js'
import { inputAt, requireFloat, ShapeFault } from './operation.js'

/** The moves of a window, an entry for each spatial axis. */
export interface Window {
  readonly strides: readonly number[]
  /** Places before and after the axis, which hold nothing. */
  readonly padding: readonly (readonly [number, number])[]
  readonly dilations: readonly number[]
}

/** Place `k` of a window that lies at result `o` reads place `o * stride + k * dilation - before`. */
interface Axis {
  readonly stride: number
  readonly before: number
  readonly dilation: number
  /** Length of what is read, of the window, of the result. */
  readonly input: number
  readonly window: number
  readonly output: number
}

/** Tells if a list holds integers from `least` on, one for each spatial axis. */
function requireEach(what: string, list: readonly unknown[], rank: number, least: number): void {
  const holds = list.length === rank && list.every((one) => Number.isInteger(one) && Number(one) >= least)
  if (!holds) throw new ShapeFault(`expected ${rank} ${what} of at least ${least}, got ${JSON.stringify(list)}`)
}

function requireWindow({ strides, padding, dilations }: Window, rank: number): void {
  requireEach('strides', strides, rank, 1)
  requireEach('dilations', dilations, rank, 1)
  requireEach('paddings before', Array.isArray(padding) ? padding.map((pair) => pair[0]) : [], rank, 0)
  requireEach('paddings after', Array.isArray(padding) ? padding.map((pair) => pair[1]) : [], rank, 0)
}

/** The axes of a window; `window` and `input` are their lengths. */
function axesOf({ strides, padding, dilations }: Window, input: readonly number[], window: readonly number[]): Axis[] {
  return input.map((length, i) => {
    const [before, after] = inputAt(padding, i)
    const [stride, dilation, size] = [inputAt(strides, i), inputAt(dilations, i), inputAt(window, i)]
    const free = length + before + after - (dilation * (size - 1) + 1)
    return { stride, before, dilation, input: length, window: size, output: Math.floor(free / stride) + 1 }
  })
}

/** The lengths that a window leaves of the spatial axes. @throws ShapeFault where it fits nowhere. */
export function windowedSizes(window: Window, input: readonly number[], size: readonly number[]): number[] {
  requireWindow(window, input.length)
  requireEach('lengths of the window', size, input.length, 1)
  return axesOf(window, input, size).map(({ output }) => {
    if (output > 0) return output
    const held = window.padding.map((pair) => pair.join('+')).join(',')
    throw new ShapeFault(`a window of [${size.join(',')}] does not fit into [${input.join(',')}] with padding ${held}`)
  })
}

/** A tensor of floats with one or two spatial axes behind the batch and the channels. */
export interface Spatial {
  readonly type: TensorType
  readonly batch: Dim
  readonly channels: number
  readonly sizes: readonly number[]
}

function isFixed(length: Dim | undefined): length is number {
  return typeof length === 'number'
}

/** @throws ShapeFault where the type is another. */
export function spatialType(given: TensorType): Spatial {
  const type = requireFloat(given)
  const [batch, channels, ...sizes] = type.shape
  const fits = batch !== undefined && isFixed(channels) && sizes.every(isFixed) && [1, 2].includes(sizes.length)
  if (fits) return { type, batch, channels, sizes }
  throw new ShapeFault(
    `expected [batch, channels, length] or [batch, channels, height, width], got ${formatShape(type.shape)}`,
  )
}

/** @throws ShapeFault where a type is not of this shape. */
export function requireShape(what: string, { shape }: TensorType, expected: Shape): void {
  if (formatShape(shape) !== formatShape(expected)) {
    throw new ShapeFault(`expected ${what} of ${formatShape(expected)}, got ${formatShape(shape)}`)
  }
}

/** The places that windows read: `at[k * positions + p]` is what place `k` of a window reads at position `p`, or -1. */
export interface Places {
  /** Places of a window, and positions. */
  readonly window: number
  readonly positions: number
  /** Places of what is read. */
  readonly plane: number
  readonly at: Int32Array
}

/** Row-major over several axes, from the table of each: -1 where one of them is. */
function joined(tables: readonly (readonly number[][])[], lengths: readonly number[]): Places {
  const [window, positions] = [tables.map((table) => table.length), tables.map((table) => inputAt(table, 0).length)]
  const [w, p] = [elementCount(window), elementCount(positions)]
  const at = new Int32Array(w * p)
  for (let k = 0; k < w; k++) {
    for (let o = 0; o < p; o++) {
      let [place, stride, restK, restO] = [0, 1, k, o]
      for (let axis = tables.length - 1; axis >= 0; axis--) {
        const [kLength, oLength] = [inputAt(window, axis), inputAt(positions, axis)]
        const one = inputAt(inputAt(inputAt(tables, axis), restK % kLength), restO % oLength)
        place = one < 0 || place < 0 ? -1 : place + one * stride
        stride *= inputAt(lengths, axis)
        restK = Math.floor(restK / kLength)
        restO = Math.floor(restO / oLength)
      }
      at[k * p + o] = place
    }
  }
  return { window: w, positions: p, plane: elementCount(lengths), at }
}

function range(length: number): number[] {
  return Array.from({ length }, (_, i) => i)
}

/** The place of x that place `k` of the window at result `o` reads. */
function readAt({ stride, dilation, before, input }: Axis, k: number, o: number): number {
  const place = o * stride + k * dilation - before
  return place < input ? Math.max(-1, place) : -1
}

/** The result whose window reads a place of x as its place `k`. */
function readerOf({ stride, dilation, before, output }: Axis, k: number, place: number): number {
  const at = place + before - k * dilation
  return at >= 0 && at % stride === 0 && at / stride < output ? at / stride : -1
}

/** The places of x that each result of a window reads. */
export function readPlaces(window: Window, input: readonly number[], size: readonly number[]): Places {
  const axes = axesOf(window, input, size)
  const tables = axes.map((axis) => range(axis.window).map((k) => range(axis.output).map((o) => readAt(axis, k, o))))
  return joined(tables, input)
}

/** The other way: the results that each place of x is read by, as place `k` of their window. */
export function readers(window: Window, input: readonly number[], size: readonly number[]): Places {
  const axes = axesOf(window, input, size)
  const tables = axes.map((axis) => range(axis.window).map((k) => range(axis.input).map((x) => readerOf(axis, k, x))))
  return joined(
    tables,
    axes.map(({ output }) => output),
  )
}

/** The pairs [k, place] that are read at each position, in the order of the window. */
export function hitsOf({ window, positions, at }: Places): (readonly (readonly [k: number, place: number])[])[] {
  return range(positions).map((p) =>
    range(window)
      .map((k) => [k, at[k * positions + p] as number] as const)
      .filter(([, place]) => place >= 0),
  )
}
