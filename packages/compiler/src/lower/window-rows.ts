/** Rows of what windows read, [channels * window, results]: laid side by side for a product, and added back from its results. */
import { elementCount } from '@isograd/core/backend'
import { rowMajor } from '../fuse/view.js'
import { binary, load } from '../loops/build.js'
import type { Buffer, Index, Statement } from '../loops/loops.js'
import {
  channelAt,
  fill,
  isFull,
  overPlace,
  placesOf,
  plus,
  type Samples,
  type Sliding,
  spatialStrides,
  zeroOf,
} from './windows.js'
import { along, type KernelWriter, sumOf } from './writer.js'

/** Sizes of a convolution; channels and outputs are those of a group. */
export interface Sizes {
  readonly type: 'f32' | 'f64'
  readonly batch: number
  readonly groups: number
  readonly channels: number
  readonly outputs: number
  readonly window: Sliding
  /** Rows that a result reads: channels * window. */
  readonly inner: number
  /** Results of a sample and an output. */
  readonly results: number
}

/** The channels of a group of one sample, and the memory of the rows that windows read of them. */
export interface Rows {
  readonly samples: Samples
  readonly sample: Index
  readonly group: Index
  readonly buffer: Buffer
}

/** A loop over channels; `store` moves one element between its row and the samples. */
function overChannels(
  kernel: KernelWriter,
  { channels, window, results }: Sizes,
  { samples, sample, group }: Rows,
  store: (row: Index, element: Index) => Statement,
  before: (row: Index) => readonly Statement[],
): Statement[] {
  const channel = kernel.local()
  const size = elementCount(window.window)
  const inGroup = sumOf(0, [
    [group, channels],
    [along(channel), 1],
  ])
  const from = channelAt(samples, sample, inGroup)
  const strides = { results: rowMajor(window.output), samples: spatialStrides(samples) }
  const row = (number: number): Index => ({
    constant: number * results,
    terms: [{ local: channel, stride: size * results }],
  })
  const moved = placesOf(window).flatMap((place) =>
    overPlace(
      kernel,
      window,
      place,
      strides,
      (result, read) => [store(plus(row(place.number), result), plus(from, read))],
      true,
    ),
  )
  return [{ kind: 'for', local: channel, extent: channels, vector: false, body: [...before(row(0)), ...moved] }]
}

/** Lays the elements that windows read of a group of channels side by side, row by row. */
export function laid(kernel: KernelWriter, sizes: Sizes, rows: Rows): Statement[] {
  const { window, results, type } = sizes
  const from = rows.samples.access.buffer
  const store = (index: Index, element: Index): Statement => ({
    kind: 'store',
    buffer: rows.buffer,
    index,
    value: load(from, element),
  })
  const size = elementCount(window.window) * results
  const isPadded = !isFull(window, placesOf(window))
  return overChannels(kernel, sizes, rows, store, (row) =>
    isPadded ? fill(kernel, rows.buffer, row, size, zeroOf(type)) : [],
  )
}

/** Adds rows of results to the elements of samples that they were read from: the way back of `laid`. */
export function added(kernel: KernelWriter, sizes: Sizes, rows: Rows): Statement[] {
  const { buffer } = rows.samples.access
  const store = (row: Index, index: Index): Statement => ({
    kind: 'store',
    buffer,
    index,
    value: binary('add', load(buffer, index), load(rows.buffer, row)),
  })
  return overChannels(kernel, sizes, rows, store, () => [])
}
