/**
 * Convolution and pooling: loops over what windows read. Sums are kept in float64 and rounded when they are stored.
 *
 * @import { Tensor } from '@isograd/core/backend'
 * @import { Kernels } from './index.js'
 */

/** @typedef {{ strides: readonly number[], padding: readonly (readonly [number, number])[], dilations: readonly number[] }} Window */
/** @typedef {{ position: number, k: number, place: number }} Read */

/** @param {readonly number[]} lengths */
const product = (lengths) => lengths.reduce((all, one) => all * one, 1)

/**
 * Everything that a window reads, by row-major numbers: place `k` of the window at `position` reads `place` of the samples.
 *
 * @param {Window} window
 * @param {readonly number[]} input lengths of the samples
 * @param {readonly number[]} size lengths of the window
 */
function readsOf({ strides, padding, dilations }, input, size) {
  /** @type {Read[]} */
  let reads = [{ position: 0, k: 0, place: 0 }]
  let positions = 1
  for (const [axis, length] of input.entries()) {
    const [stride, dilation] = [strides[axis], dilations[axis]]
    const [before, after] = padding[axis] ?? [0, 0]
    const places = size[axis]
    const outputs = Math.floor((length + before + after - dilation * (places - 1) - 1) / stride) + 1
    positions *= outputs
    reads = reads.flatMap((read) => {
      const found = []
      for (let o = 0; o < outputs; o++) {
        for (let k = 0; k < places; k++) {
          const place = o * stride + k * dilation - before
          if (place < 0 || place >= length) continue
          found.push({
            position: read.position * outputs + o,
            k: read.k * places + k,
            place: read.place * length + place,
          })
        }
      }
      return found
    })
  }
  // In the order of the window at each position, which decides which of equal values comes first.
  return { positions, reads: reads.toSorted((a, b) => a.position - b.position || a.k - b.k) }
}

/** @param {Tensor} out @param {(sums: Float64Array) => void} add */
function summed(out, add) {
  const sums = new Float64Array(out.data.length)
  add(sums)
  out.data.set(sums)
}

/**
 * Calls `visit` with the places of samples, kernel and results that meet in a convolution.
 *
 * @param {{ samples: readonly number[], kernel: readonly number[], attributes: Window & { groups: number } }} shapes
 * @param {(x: number, w: number, y: number) => void} visit
 */
function convolved({ samples, kernel, attributes }, visit) {
  const [batch = 0, channels = 0, ...input] = samples
  const [outputs = 0, inner = 0, ...size] = kernel
  const { positions, reads } = readsOf(attributes, input, size)
  const [plane, window, ofGroup] = [product(input), product(size), outputs / attributes.groups]
  for (let n = 0; n < batch; n++) {
    for (let o = 0; o < outputs; o++) {
      const first = Math.floor(o / ofGroup) * inner
      for (let c = 0; c < inner; c++) {
        const [x, w, y] = [(n * channels + first + c) * plane, (o * inner + c) * window, (n * outputs + o) * positions]
        for (const { position, k, place } of reads) visit(x + place, w + k, y + position)
      }
    }
  }
}

/**
 * Calls `visit` for each position of each plane with what it reads.
 *
 * @param {{ samples: readonly number[], attributes: Window & { window: readonly number[] } }} shapes
 * @param {(position: number, places: readonly number[]) => void} visit
 */
function pooled({ samples, attributes }, visit) {
  const [batch = 0, channels = 0, ...input] = samples
  const { positions, reads } = readsOf(attributes, input, attributes.window)
  /** @type {number[][]} */
  const within = Array.from({ length: positions }, () => [])
  for (const { position, place } of reads) within[position]?.push(place)
  for (let plane = 0; plane < batch * channels; plane++) {
    const from = plane * product(input)
    for (const [p, places] of within.entries())
      visit(
        plane * positions + p,
        places.map((place) => from + place),
      )
  }
}

/** The place of the first largest value; NaN is larger than all numbers. @param {Tensor['data']} data @param {readonly number[]} places */
function largest(data, places) {
  return places.reduce((best, place) => {
    const [x, most] = [data[place], data[best]]
    return x > most || (Number.isNaN(x) && !Number.isNaN(most)) ? place : best
  })
}

/** @type {Pick<Kernels, 'convolve' | 'convolveData' | 'convolveFilter' | 'maxPool' | 'maxPoolData' | 'sumPool' | 'sumPoolData'>} */
export const windowKernels = {
  convolve(out, [x, w], attributes) {
    summed(out, (sums) =>
      convolved({ samples: x.shape, kernel: w.shape, attributes }, (i, j, o) => {
        sums[o] += x.data[i] * w.data[j]
      }),
    )
  },
  convolveData(out, [y, w], attributes) {
    summed(out, (sums) =>
      convolved({ samples: out.shape, kernel: w.shape, attributes }, (i, j, o) => {
        sums[i] += y.data[o] * w.data[j]
      }),
    )
  },
  convolveFilter(out, [x, y], attributes) {
    summed(out, (sums) =>
      convolved({ samples: x.shape, kernel: out.shape, attributes }, (i, j, o) => {
        sums[j] += x.data[i] * y.data[o]
      }),
    )
  },
  maxPool(out, [x, values], attributes) {
    pooled({ samples: x.shape, attributes }, (position, places) => {
      out.data[position] = values.data[largest(x.data, places)]
    })
  },
  maxPoolData(out, [x, y], attributes) {
    summed(out, (sums) =>
      pooled({ samples: x.shape, attributes }, (position, places) => {
        const place = largest(x.data, places)
        sums[place] += y.data[position]
      }),
    )
  },
  sumPool(out, [x], attributes) {
    summed(out, (sums) =>
      pooled({ samples: x.shape, attributes }, (position, places) => {
        for (const place of places) sums[position] += x.data[place]
      }),
    )
  },
  sumPoolData(out, [y], attributes) {
    summed(out, (sums) =>
      pooled({ samples: out.shape, attributes }, (position, places) => {
        for (const place of places) sums[place] += y.data[position]
      }),
    )
  },
}
