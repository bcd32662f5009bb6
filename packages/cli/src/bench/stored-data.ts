/**
 * The data of a measurement, from four files in MNIST's format: MNIST's own, or built-in digits that were written
 * there before. So every process, whatever its language, reads the same bytes, and drawing them is nobody's time.
 */
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Dataset, digits, sampleCount, type Split } from '@isograd/core'
import { loadIdx, loadMnist } from '@isograd/core/node'
import type { DataJob, DataPlace, DataResult } from '../job.js'

/** Names of the four files without `.gz`. */
const fileNames = {
  train: ['train-images-idx3-ubyte', 'train-labels-idx1-ubyte'],
  test: ['t10k-images-idx3-ubyte', 't10k-labels-idx1-ubyte'],
} as const

/** An IDX file of unsigned bytes: magic number 0x000008NN with NN dimensions, the dimensions, the bytes. */
function idxBytes(shape: readonly number[], data: Uint8Array): Uint8Array {
  const header = new DataView(new ArrayBuffer(4 + 4 * shape.length))
  header.setUint32(0, 0x0800 + shape.length)
  for (const [axis, length] of shape.entries()) header.setUint32(4 + 4 * axis, length)
  const bytes = new Uint8Array(header.byteLength + data.length)
  bytes.set(new Uint8Array(header.buffer))
  bytes.set(data, header.byteLength)
  return bytes
}

/** Writes a data set as four uncompressed files. */
export function writeIdxFiles(directory: string, dataset: Dataset): void {
  for (const split of ['train', 'test'] as const) {
    const { images, labels } = dataset[split]
    const [imageFile, labelFile] = fileNames[split]
    writeFileSync(join(directory, imageFile), idxBytes(images.shape, images.data))
    writeFileSync(join(directory, labelFile), idxBytes(labels.shape, labels.data))
  }
}

/** The bytes over and over, until there are `length`. */
function repeated(bytes: Uint8Array, length: number): Uint8Array {
  const out = new Uint8Array(length)
  out.set(bytes.subarray(0, length))
  for (let done = Math.min(bytes.length, length); done < length; done *= 2) out.copyWithin(done, 0, done)
  return out
}

function withRows(split: Split, rows: number): Split {
  const [, ...sampleShape] = split.images.shape
  const stride = split.images.data.length / sampleCount(split)
  return {
    images: { dtype: 'uint8', shape: [rows, ...sampleShape], data: repeated(split.images.data, rows * stride) },
    labels: { dtype: 'uint8', shape: [rows], data: repeated(split.labels.data, rows) },
  }
}

/** Reads the data. @throws InputError for files that are missing or not what they should be. */
export async function readData({ name, directory, rows }: DataPlace): Promise<Dataset> {
  const mnist = name === 'mnist' ? await loadMnist({ dataDir: directory }) : undefined
  const dataset = mnist ?? { ...(await loadIdx(directory)), name, origin: 'built-in digits, seed 0' }
  return rows === undefined ? dataset : { ...dataset, train: withRows(dataset.train, rows) }
}

/** Draws the digits where they are not there yet, and says what there is to measure on. */
export async function runDataJob({ data }: DataJob): Promise<DataResult> {
  if (data.name === 'digits' && !existsSync(join(data.directory, fileNames.test[1]))) {
    writeIdxFiles(data.directory, digits())
  }
  const { name, origin, classes, sampleShape, train, test } = await readData(data)
  return { name, origin, classes, sampleShape, train: sampleCount(train), test: sampleCount(test) }
}
