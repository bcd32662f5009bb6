/**
 * Published data sets without their files, for what depends on shapes alone: as many samples as the published files have, all
 * of whose values are 0. How many that are follows from the files' lengths.
 */
import type { Dataset } from '../data/dataset.js'
import { cifarDataset } from '../data/formats/cifar.js'
import { idxDataset } from '../data/formats/idx-dataset.js'
import type { NamedBytes } from '../data/formats/idx.js'
import type { Checksum, CifarData, IdxData } from '../data/record.js'

const LABELS_HEADER = 8
const INPUTS_HEADER = 16

/** An IDX file of bytes, which are 0. */
function idxZeros(file: string, length: number, shape: readonly number[]): NamedBytes {
  const bytes = new Uint8Array(length)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, 0x0800 + shape.length)
  shape.forEach((size, axis) => view.setUint32(4 + 4 * axis, size))
  return { file, bytes }
}

function idxPair(name: string, inputs: Checksum, labels: Checksum) {
  const count = labels.bytes - LABELS_HEADER
  // Samples of published sets are square.
  const side = Math.sqrt((inputs.bytes - INPUTS_HEADER) / count)
  return { inputs: idxZeros(name, inputs.bytes, [count, side, side]), labels: idxZeros(name, labels.bytes, [count]) }
}

const originOf = (name: string): string => `zeros in the shape of ${name}`

/** A set of MNIST's format without its values. */
export function blankIdx(name: string, { checksums, categories = 10 }: IdxData): Dataset {
  const { trainImages, trainLabels, testImages, testLabels } = checksums
  const tables = { train: idxPair(name, trainImages, trainLabels), test: idxPair(name, testImages, testLabels) }
  return idxDataset(tables, { name, origin: originOf(name), categories })
}

const zeros = (files: Readonly<Record<string, Checksum>>): NamedBytes[] =>
  Object.entries(files).map(([file, { bytes }]) => ({ file, bytes: new Uint8Array(bytes) }))

/** A set of CIFAR's format without its values. */
export function blankCifar(name: string, { train, test, form }: CifarData): Dataset {
  return cifarDataset({ train: zeros(train), test: zeros(test) }, form, name, originOf(name))
}
