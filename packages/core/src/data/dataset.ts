/** A data set as isograd holds it: bytes, once, in the order of its files. Batching and scaling happen in the program. */
import { InputError } from '../errors.js'
import type { TensorOf } from '../tensor.js'

/** Samples with labels. `images` has shape [count, ...sampleShape], `labels` [count] with values below `classes`. */
export interface Split {
  readonly images: TensorOf<'uint8'>
  readonly labels: TensorOf<'uint8'>
}

/** A data set. */
export interface Dataset {
  readonly name: string
  readonly classes: number
  /** Shape of one sample, such as [28, 28]. */
  readonly sampleShape: readonly number[]
  readonly train: Split
  readonly test: Split
  /** Where it came from, for the record: the generator and its seed, a directory, an address. No absolute path. */
  readonly origin: string
}

/** Number of samples in a split. */
export function sampleCount(split: Split): number {
  return split.labels.data.length
}

/** The first `limit` samples, as views on the same memory. @throws InputError when there are fewer. */
export function firstSamples(split: Split, limit: number): Split {
  const count = sampleCount(split)
  if (limit > count) throw new InputError('core', `limit: the data set has ${count} samples, got a limit of ${limit}`)
  const [, ...sampleShape] = split.images.shape
  const stride = sampleShape.reduce((product, dimension) => product * dimension, 1)
  return {
    images: { dtype: 'uint8', shape: [limit, ...sampleShape], data: split.images.data.subarray(0, limit * stride) },
    labels: { dtype: 'uint8', shape: [limit], data: split.labels.data.subarray(0, limit) },
  }
}
