/** The terms of what slides windows over samples: convolutions, pooled sums, and the gradients of pooled maxima. */
import { convolutionOf, type ConvolutionAttributes } from '../../ir/ops/convolution.js'
import { inputAt, type NumericTensor } from '../../ir/ops/operation.js'
import { forEachMaximum, type PoolAttributes, type PoolingAttributes } from '../../ir/ops/pooling.js'
import { hitsOf, type Places, readers, readPlaces } from '../../ir/ops/windows.js'
import { elementCount } from '../../tensor.js'
import type { Sum } from './sums.js'

type Hits = ReturnType<typeof hitsOf>

function most(hits: readonly { readonly length: number }[]): number {
  return hits.reduce((longest, { length }) => Math.max(longest, length), 1)
}

/** The pairs of each list one behind the other. Like `float64Of`, for speed: they are read for every element of a batch. */
function flatPairs(hits: Hits): Int32Array[] {
  return hits.map((pairs) => Int32Array.from(pairs.flat()))
}

/** The numbers in one type of array whatever the dtype: engines are slow where a line reads several. */
function float64Of(inputs: readonly NumericTensor[], i: number): Float64Array {
  return new Float64Array(inputAt(inputs, i).data)
}

/** Terms of which fewer than the most may be there; the others are zero. */
function padded(terms: number, write: (flat: number, left: Float64Array, right: Float64Array) => number): Sum {
  const read: Sum['read'] = (flat, left, right) => {
    const count = write(flat, left, right)
    left.fill(0, count)
    right.fill(0, count)
  }
  return { terms, read }
}

/** The pairs [position, place] by the place of the window: the other way round than `hitsOf`. */
function hitsByWindow({ window, positions, at }: Places): Hits {
  return Array.from({ length: window }, (_, k) =>
    Array.from({ length: positions }, (__, p) => [p, at[k * positions + p] as number] as const).filter(
      ([, place]) => place >= 0,
    ),
  )
}

/** The terms of an element of samples: over the channels on the other side, and what its windows read. */
function sampleTerms(
  isData: boolean,
  inputs: readonly NumericTensor[],
  attributes: ConvolutionAttributes['convolve'],
  shape: readonly number[],
): Sum {
  const [samples, kernel] = [float64Of(inputs, 0), float64Of(inputs, 1)]
  const sizes = convolutionOf(isData ? 'convolveData' : 'convolve', inputs, attributes, shape)
  const { channels, outputs, groups, input, window } = sizes
  const places = (isData ? readers : readPlaces)(attributes, input, window)
  const [own, others] = isData ? [channels, outputs] : [outputs, channels]
  const hits = hitsOf(places)
  const pairsAt = flatPairs(hits)
  return padded(others * most(hits), (flat, left, right) => {
    const [plane, p] = [Math.floor(flat / places.positions), flat % places.positions]
    const [n, channel] = [Math.floor(plane / (own * groups)), plane % (own * groups)]
    const group = Math.floor(channel / own)
    const pairs = inputAt(pairsAt, p)
    let count = 0
    for (let other = 0; other < others; other++) {
      const from = ((n * groups + group) * others + other) * places.plane
      const [o, c] = isData ? [group * outputs + other, channel % own] : [channel, other]
      const kernelAt = (o * channels + c) * places.window
      for (let i = 0; i < pairs.length; i += 2) {
        left[count] = samples[from + (pairs[i + 1] as number)] as number
        right[count++] = kernel[kernelAt + (pairs[i] as number)] as number
      }
    }
    return count
  })
}

/** The terms of an element of a kernel: over the samples of the batch and the positions at which it was read. */
function filterTerms(
  inputs: readonly NumericTensor[],
  attributes: ConvolutionAttributes['convolve'],
  shape: readonly number[],
): Sum {
  const [x, y] = [float64Of(inputs, 0), float64Of(inputs, 1)]
  const { batch, channels, outputs, groups, input, window } = convolutionOf('convolveFilter', inputs, attributes, shape)
  const places = readPlaces(attributes, input, window)
  const hits = hitsByWindow(places)
  const pairsAt = flatPairs(hits)
  return padded(batch * most(hits), (flat, left, right) => {
    const [k, pair] = [flat % places.window, Math.floor(flat / places.window)]
    const [c, output] = [pair % channels, Math.floor(pair / channels)]
    const group = Math.floor(output / outputs)
    const pairs = inputAt(pairsAt, k)
    let count = 0
    for (let n = 0; n < batch; n++) {
      const ofX = (n * groups * channels + group * channels + c) * places.plane
      const ofY = (n * groups * outputs + output) * places.positions
      for (let i = 0; i < pairs.length; i += 2) {
        left[count] = x[ofX + (pairs[i + 1] as number)] as number
        right[count++] = y[ofY + (pairs[i] as number)] as number
      }
    }
    return count
  })
}

/** The terms of a convolution or of one of its gradients. */
export function convolutionTerms(
  op: keyof ConvolutionAttributes,
  inputs: readonly NumericTensor[],
  attributes: ConvolutionAttributes['convolve'],
  shape: readonly number[],
): Sum {
  return op === 'convolveFilter'
    ? filterTerms(inputs, attributes, shape)
    : sampleTerms(op === 'convolveData', inputs, attributes, shape)
}

/** The terms of a plain sum at each position. */
function plain({ data }: NumericTensor, places: Places): Sum {
  const hits = hitsOf(places)
  return padded(most(hits), (flat, left, right) => {
    const from = Math.floor(flat / places.positions) * places.plane
    const pairs = inputAt(hits, flat % places.positions)
    for (const [i, [, place]] of pairs.entries()) left[i] = data[from + place] as number
    right.fill(1)
    return pairs.length
  })
}

/** The terms of `sumPool`. */
export function pooledTerms(inputs: readonly NumericTensor[], attributes: PoolAttributes): Sum {
  const x = inputAt(inputs, 0)
  return plain(x, readPlaces(attributes, x.shape.slice(2), attributes.window))
}

/** The terms of `sumPoolData`. */
export function spreadTerms(inputs: readonly NumericTensor[], attributes: PoolingAttributes['sumPoolData']): Sum {
  return plain(inputAt(inputs, 0), readers(attributes, attributes.size, attributes.window))
}

/** The terms of `maxPoolData`. */
export function maximaTerms(inputs: readonly NumericTensor[], attributes: PoolAttributes): Sum {
  const [x, y] = [inputAt(inputs, 0), inputAt(inputs, 1)]
  const windows = Array.from({ length: elementCount(x.shape) }, (): number[] => [])
  forEachMaximum(x, attributes, (position, place) => inputAt(windows, place).push(position))
  const terms = most(hitsOf(readers(attributes, x.shape.slice(2), attributes.window)))
  return padded(terms, (flat, left, right) => {
    const own = inputAt(windows, flat)
    for (const [i, position] of own.entries()) left[i] = y.data[position] as number
    right.fill(1)
    return own.length
  })
}
