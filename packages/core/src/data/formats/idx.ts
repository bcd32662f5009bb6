/**
 * The IDX format of MNIST and of the sets made in its image: unsigned bytes behind a header of big-endian integers
 * (magic number, then one count a dimension). Bytes in, a data set out; files and compression are in `node/`.
 * @see LeCun, Cortes and Burges, "The MNIST database of handwritten digits", section "File formats".
 */
import { InputError } from '../../errors.js'
import type { TensorOf } from '../../tensor.js'
import { type Dataset, type DataTable, dataTable } from '../dataset.js'
import { pictureFields } from './picture-fields.js'

/** The uncompressed bytes of a file, and how to name it in a message. */
export interface NamedBytes {
  readonly file: string
  readonly bytes: Uint8Array
}

/** Something for each of the four files of a data set in MNIST's format. */
export interface IdxFour<T> {
  readonly trainImages: T
  readonly trainLabels: T
  readonly testImages: T
  readonly testLabels: T
}

/** Facts that the files do not hold. */
export interface IdxDescription {
  readonly name: string
  readonly origin: string
  /** Labels are 0 to `categories` - 1; at most 256, and 10 unless given. */
  readonly categories?: number
}

const UNSIGNED_BYTE = 0x08
const LONGEST_SIDE = 0xffff

function fail({ file }: NamedBytes, problem: string): never {
  throw new InputError('core', `${file}: ${problem}`)
}

function hexadecimal(word: number): string {
  return `0x${word.toString(16).padStart(8, '0')}`
}

/** A description of first bytes that are not the magic number. */
function recognise(bytes: Uint8Array, magic: number): string {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return '; the content is gzip: uncompress it first'
  if (bytes[0] === 0x3c) return '; the content looks like an HTML page: was the download refused?'
  if (magic >>> 8 === UNSIGNED_BYTE) return '; are images and labels exchanged?'
  return '; is this an IDX file?'
}

/** The dimensions of an IDX file of unsigned bytes, checked against its size. */
function readHeader(source: NamedBytes, rank: 1 | 3): number[] {
  const { bytes } = source
  const headerBytes = 4 + 4 * rank
  if (bytes.length < headerBytes) {
    fail(source, `truncated: expected a header of ${headerBytes} bytes, got ${bytes.length}`)
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const [expected, magic] = [UNSIGNED_BYTE * 0x100 + rank, view.getUint32(0)]
  if (magic !== expected) {
    const what = rank === 3 ? 'images' : 'labels'
    const hint = recognise(bytes, magic)
    fail(source, `expected the magic number ${hexadecimal(expected)} of ${what}, got ${hexadecimal(magic)}${hint}`)
  }
  const dimensions = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis))
  checkDimensions(source, dimensions, headerBytes)
  return dimensions
}

function checkDimensions(source: NamedBytes, dimensions: readonly number[], headerBytes: number): void {
  const shape = dimensions.join(' x ')
  if (dimensions.includes(0)) fail(source, `expected at least one element, got the dimensions ${shape}`)
  if (dimensions.slice(1).some((side) => side > LONGEST_SIDE)) {
    fail(source, `expected sides of at most ${LONGEST_SIDE} pixels, got the dimensions ${shape}: the header is damaged`)
  }
  const expected = headerBytes + dimensions.reduce((product, dimension) => product * dimension, 1)
  const got = source.bytes.length
  const size = `expected ${expected} bytes for the dimensions ${shape}, got ${got}`
  if (got < expected) fail(source, `truncated: ${size}`)
  if (got > expected) fail(source, `${got - expected} trailing bytes: ${size}`)
}

/** A plain Uint8Array on the same memory: a Node Buffer is one by type, but not by class. */
function viewFrom(bytes: Uint8Array, start: number): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset + start, bytes.byteLength - start)
}

/**
 * Images of unsigned bytes (magic number 0x00000803), as a view: shape [count, rows, columns].
 * @throws InputError naming the file when it is truncated, damaged, too long, empty or something else.
 */
export function parseIdxImages(source: NamedBytes): TensorOf<'uint8'> {
  const shape = readHeader(source, 3)
  return { dtype: 'uint8', shape, data: viewFrom(source.bytes, 16) }
}

/**
 * Labels (magic number 0x00000801), as a view: shape [count].
 * @throws InputError as `parseIdxImages`, and for a label that is not below `categories`.
 */
export function parseIdxLabels(source: NamedBytes, categories = 10): TensorOf<'uint8'> {
  const shape = readHeader(source, 1)
  const data = viewFrom(source.bytes, 8)
  const at = data.findIndex((label) => label >= categories)
  if (at >= 0) fail(source, `label ${at}: expected 0 to ${categories - 1}, got ${data[at]}`)
  return { dtype: 'uint8', shape, data }
}

function parseSplit(images: NamedBytes, labels: NamedBytes, categories: number): DataTable {
  const columns = { image: parseIdxImages(images), label: parseIdxLabels(labels, categories) }
  const [imageCount] = columns.image.shape
  const [labelCount] = columns.label.shape
  if (imageCount !== labelCount) {
    fail(labels, `expected as many labels as ${images.file} has images (${imageCount}), got ${labelCount}`)
  }
  return dataTable(columns)
}

/**
 * The data set in four IDX files.
 * @throws InputError naming the file, when one is malformed or two do not belong together; and for impossible `categories`.
 */
export function idxDataset(files: IdxFour<NamedBytes>, description: IdxDescription): Dataset {
  const { name, origin, categories = 10 } = description
  if (!Number.isInteger(categories) || categories < 1 || categories > 256) {
    throw new InputError('core', `${name}: expected 1 to 256 categories, as labels are bytes, got ${categories}`)
  }
  const train = parseSplit(files.trainImages, files.trainLabels, categories)
  const test = parseSplit(files.testImages, files.testLabels, categories)
  const [sampleShape, testShape] = [train, test].map((table) => table.columns['image']?.shape.slice(1) ?? [])
  if (sampleShape === undefined || testShape?.join() !== sampleShape.join()) {
    const expected = `images of ${sampleShape?.join(' x ')} as in ${files.trainImages.file}`
    fail(files.testImages, `expected ${expected}, got ${testShape?.join(' x ')}`)
  }
  return { name, origin, fields: pictureFields(sampleShape, categories), target: 'label', splits: { train, test } }
}
