/**
 * Pooling: the largest of each window, and the sum of each window, with their gradients. The largest comes with a second
 * input from which the value is taken, so that its gradients are the two operations themselves; `maxPool(x, x)` is the
 * pooling of networks. Of equal ones the first in row-major order is taken, as PyTorch does.
 */
import { elementCount } from '../../tensor.js'
import { inputAt, type NumericTensor, type OperationTable, requireSameDType, ShapeFault } from './operation.js'
import {
  hitsOf,
  type Places,
  readers,
  readPlaces,
  requireShape,
  spatialType,
  type Window,
  windowedSizes,
} from './windows.js'

/** Attributes of a pooling; `window` has its lengths. */
export interface PoolAttributes extends Window {
  readonly window: readonly number[]
}

/** Attributes of the pooling family. */
export interface PoolingAttributes {
  maxPool: PoolAttributes
  maxPoolData: PoolAttributes
  sumPool: PoolAttributes
  /** `size`: spatial lengths of what was pooled. */
  sumPoolData: PoolAttributes & { readonly size: readonly number[] }
}

/** @throws ShapeFault where a window holds nothing but padding: nothing is the largest there. */
export function requireFilled(attributes: PoolAttributes, sizes: readonly number[]): void {
  const { window } = attributes
  const empty = hitsOf(readPlaces(attributes, sizes, window)).findIndex((hits) => hits.length === 0)
  if (empty < 0) return
  throw new ShapeFault(
    `expected something of [${sizes.join(',')}] in each window of [${window.join(',')}], got padding alone`,
  )
}

/** The places that each window reads, counted from the first of its plane, plane after plane. */
export function forEachWindow(
  { shape }: NumericTensor,
  attributes: PoolAttributes,
  visit: (position: number, from: number, places: readonly number[]) => void,
): void {
  const [batch = 1, channels = 1, ...sizes] = shape
  const places = readPlaces(attributes, sizes, attributes.window)
  const hits = hitsOf(places).map((pairs) => pairs.map(([, place]) => place))
  for (let plane = 0; plane < batch * channels; plane++) {
    for (const [p, within] of hits.entries()) visit(plane * places.positions + p, plane * places.plane, within)
  }
}

/** The place of the largest that each window reads, plane after plane. NaN is larger than all numbers. */
export function forEachMaximum(
  x: NumericTensor,
  attributes: PoolAttributes,
  visit: (position: number, place: number) => void,
): void {
  const { data } = x
  forEachWindow(x, attributes, (position, from, within) => {
    let best = inputAt(within, 0)
    for (const place of within) {
      const [value, most] = [data[from + place] as number, data[from + best] as number]
      if (value > most || (Number.isNaN(value) && !Number.isNaN(most))) best = place
    }
    visit(position, from + best)
  })
}

/** The sums of what each position reads. */
function sumsOf({ data }: NumericTensor, places: Places, shape: readonly number[]): Float64Array {
  const out = new Float64Array(elementCount(shape))
  const hits = hitsOf(places)
  for (let start = 0; start < out.length; start += places.positions) {
    const from = (start / places.positions) * places.plane
    for (const [p, pairs] of hits.entries()) {
      for (const [, place] of pairs) (out[start + p] as number) += data[from + place] as number
    }
  }
  return out
}

/** The pooling family. */
export const pooling: OperationTable<PoolingAttributes> = {
  maxPool: {
    formula: 'y[n,c,p] = v[n,c,i], i the first place in window p where x is largest, NaN being larger than all',
    arity: 2,
    infer: (inputs, attributes) => {
      const x = spatialType(inputAt(inputs, 0))
      requireShape('values', inputAt(inputs, 1), x.type.shape)
      const sizes = windowedSizes(attributes, x.sizes, attributes.window)
      requireFilled(attributes, x.sizes)
      return { dtype: requireSameDType(inputs), shape: [x.batch, x.channels, ...sizes] }
    },
    gradient: ({ b, inputs, upstream, attributes }, input) =>
      input === 0 ? undefined : b.maxPoolData(inputAt(inputs, 0), upstream, attributes),
    evaluate: (inputs, attributes, shape) => {
      const { data } = inputAt(inputs, 1)
      const out = new Float64Array(elementCount(shape))
      forEachMaximum(inputAt(inputs, 0), attributes, (position, place) => {
        out[position] = data[place] as number
      })
      return out
    },
  },
  maxPoolData: {
    formula: 'gradient of maxPool by v: v[n,c,i] = sum of y[n,c,p] over the windows whose largest is x[n,c,i]',
    arity: 2,
    infer: (inputs, attributes) => {
      const x = spatialType(inputAt(inputs, 0))
      const sizes = windowedSizes(attributes, x.sizes, attributes.window)
      requireFilled(attributes, x.sizes)
      requireShape('what was pooled', inputAt(inputs, 1), [x.batch, x.channels, ...sizes])
      return { dtype: requireSameDType(inputs), shape: x.type.shape }
    },
    gradient: ({ b, inputs, upstream, attributes }, input) =>
      input === 0 ? undefined : b.maxPool(inputAt(inputs, 0), attributes, upstream),
    evaluate: (inputs, attributes, shape) => {
      const { data } = inputAt(inputs, 1)
      const out = new Float64Array(elementCount(shape))
      forEachMaximum(inputAt(inputs, 0), attributes, (position, place) => {
        ;(out[place] as number) += data[position] as number
      })
      return out
    },
  },
  sumPool: {
    formula: 'y[n,c,p] = sum of x[n,c,i] over the places i of window p; outside of x nothing',
    arity: 1,
    infer: (inputs, attributes) => {
      const { type, batch, channels, sizes } = spatialType(inputAt(inputs, 0))
      return { dtype: type.dtype, shape: [batch, channels, ...windowedSizes(attributes, sizes, attributes.window)] }
    },
    gradient: ({ b, inputs, upstream, attributes }) =>
      b.sumPoolData(upstream, spatialType(inputAt(inputs, 0).type).sizes, attributes),
    evaluate: (inputs, attributes, shape) => {
      const x = inputAt(inputs, 0)
      return sumsOf(x, readPlaces(attributes, x.shape.slice(2), attributes.window), shape)
    },
  },
  sumPoolData: {
    formula: 'gradient of sumPool: x[n,c,i] = sum of y[n,c,p] over the windows p that hold i',
    arity: 1,
    infer: (inputs, attributes) => {
      const { type, batch, channels } = spatialType(inputAt(inputs, 0))
      const { size, window } = attributes
      requireShape('what was pooled', type, [batch, channels, ...windowedSizes(attributes, size, window)])
      return { dtype: type.dtype, shape: [batch, channels, ...size] }
    },
    gradient: ({ b, upstream, attributes }) => b.sumPool(upstream, attributes),
    evaluate: (inputs, attributes, shape) =>
      sumsOf(inputAt(inputs, 0), readers(attributes, attributes.size, attributes.window), shape),
  },
}
