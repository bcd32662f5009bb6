/**
 * Reads the binary version of CIFAR-10 and CIFAR-100: record after record, each the label, then 32 x 32 bytes of red,
 * of green and of blue, row by row. A sample has the shape [3, 32, 32], planes of colour first, as the files have it;
 * CIFAR-100 has two labels, of which the second, fine one counts.
 *
 * Krizhevsky, "Learning multiple layers of features from tiny images" (2009); https://www.cs.toronto.edu/~kriz/cifar.html
 */
import { type Dataset, type DataTable, dataTable } from '../dataset.js'
import { failOf, type NamedBytes } from './idx.js'
import { pictureFields } from './picture-fields.js'

/** The layout of records. */
export interface CifarForm {
  /** Bytes of labels before the pixels; the last of them is the class. */
  readonly labels: 1 | 2
  readonly categories: number
}

const SHAPE = [3, 32, 32] as const
const PIXELS = 3 * 32 * 32

function recordCount(source: NamedBytes, recordBytes: number): number {
  const { length } = source.bytes
  if (length > 0 && length % recordBytes === 0) return length / recordBytes
  const whole = Math.floor(length / recordBytes)
  const rest = length === 0 ? 'the file is empty' : `got ${whole} and ${length % recordBytes} bytes`
  return failOf(source, `expected whole records of ${recordBytes} bytes, ${rest}; is it the binary version?`)
}

/** Bytes of some samples. */
interface Pictures {
  readonly pixels: Uint8Array
  readonly labels: Uint8Array
}

/** Copies the records of one file to where they belong. */
function copyRecords(source: NamedBytes, { labels, categories }: CifarForm, into: Pictures, first: number): number {
  const recordBytes = labels + PIXELS
  const count = recordCount(source, recordBytes)
  for (let i = 0; i < count; i++) {
    const start = i * recordBytes
    const label = source.bytes[start + labels - 1] ?? 0
    if (label >= categories) failOf(source, `record ${i}: expected a label from 0 to ${categories - 1}, got ${label}`)
    into.labels[first + i] = label
    into.pixels.set(source.bytes.subarray(start + labels, start + recordBytes), (first + i) * PIXELS)
  }
  return count
}

/** The samples of some files, in their order. @throws InputError naming the file that is malformed. */
export function parseCifar(sources: readonly NamedBytes[], form: CifarForm): DataTable {
  const count = sources.reduce((sum, source) => sum + recordCount(source, form.labels + PIXELS), 0)
  const pictures: Pictures = { pixels: new Uint8Array(count * PIXELS), labels: new Uint8Array(count) }
  let first = 0
  for (const source of sources) first += copyRecords(source, form, pictures, first)
  return dataTable({
    image: { dtype: 'uint8', shape: [count, ...SHAPE], data: pictures.pixels },
    label: { dtype: 'uint8', shape: [count], data: pictures.labels },
  })
}

/** Files of the two splits. */
export interface CifarFiles {
  readonly train: readonly NamedBytes[]
  readonly test: readonly NamedBytes[]
}

/** The data set in some files. @throws InputError as `parseCifar`. */
export function cifarDataset(files: CifarFiles, form: CifarForm, name: string, origin: string): Dataset {
  const { image, label } = pictureFields(SHAPE, form.categories)
  return {
    name,
    origin,
    fields: { image: { ...image, channels: 'first' }, label },
    target: 'label',
    splits: { train: parseCifar(files.train, form), test: parseCifar(files.test, form) },
  }
}
