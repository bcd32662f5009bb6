/**
 * Published data sets in MNIST's format: where they are, and what their files must contain. Another one is another
 * table. Data of the user's own in the same format is `loadIdx`, which has nothing to compare it with.
 */
import { join, basename, resolve } from 'node:path'
import { type IdxFour, type NamedBytes, idxDataset } from '../data/idx.js'
import type { Dataset } from '../data/dataset.js'
import { cacheDirectory } from './cache-directory.js'
import { type Checksum, sha256 } from './content.js'
import { download } from './download.js'
import type { FetchOptions } from './fetch-bytes.js'
import { eachOfFour, idxNames, readIdxDirectory } from './idx-directory.js'

/** A published data set in MNIST's format. */
export interface IdxCollection {
  readonly name: string
  /** Addresses of directories that hold the four files as .gz, best first. */
  readonly mirrors: readonly string[]
  /** Of the uncompressed files. */
  readonly checksums: IdxFour<Checksum>
}

/** Where to take a published data set from. */
export interface CollectionOptions extends FetchOptions {
  /** A directory that holds the four files; without it they are downloaded. */
  readonly dataDir?: string
  /** Where downloads are kept, in a directory of the data set's name; `cacheDirectory()` unless given. */
  readonly cacheDir?: string
  /** Addresses to use instead of the data set's own mirrors. */
  readonly mirrors?: readonly string[]
}

/**
 * MNIST. The mirrors are those of torchvision and of TensorFlow Datasets.
 * @see LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document recognition" (1998).
 */
export const mnist: IdxCollection = {
  name: 'mnist',
  mirrors: [
    'https://ossci-datasets.s3.amazonaws.com/mnist/',
    'https://storage.googleapis.com/cvdf-datasets/mnist/',
    'http://yann.lecun.com/exdb/mnist/',
  ],
  checksums: {
    trainImages: { bytes: 47_040_016, sha256: 'ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db' },
    trainLabels: { bytes: 60_008, sha256: '65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5' },
    testImages: { bytes: 7_840_016, sha256: '0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7' },
    testLabels: { bytes: 10_008, sha256: 'ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2' },
  },
}

function downloadFour(collection: IdxCollection, options: CollectionOptions): Promise<IdxFour<NamedBytes>> {
  const directory = join(options.cacheDir ?? cacheDirectory(), collection.name)
  let mirrors = options.mirrors ?? collection.mirrors
  return eachOfFour(idxNames, async (stem, role) => {
    const file = { name: `${stem}.gz`, mirrors, checksum: collection.checksums[role] }
    const { content, mirror } = await download(file, directory, options)
    // What has just delivered is asked first from now on: a silent mirror costs one timeout, not four.
    if (mirror !== undefined) mirrors = [mirror, ...mirrors.filter((other) => other !== mirror)]
    return { file: join(directory, file.name), bytes: content }
  })
}

/**
 * A published data set, from `dataDir` or from the cache, into which it is downloaded first.
 * @throws InputError, DownloadError as `readIdxDirectory` and `download`.
 */
export async function loadCollection(collection: IdxCollection, options: CollectionOptions = {}): Promise<Dataset> {
  const { name, checksums } = collection
  const { dataDir } = options
  const files = await (dataDir === undefined ? downloadFour(collection, options) : readIdxDirectory(dataDir, checksums))
  return idxDataset(files, { name, origin: `the published files of ${name}, verified by SHA-256` })
}

/**
 * MNIST: 60,000 training and 10,000 test samples of 28 x 28 bytes, ten classes.
 * @throws InputError for files in `dataDir` that are missing or not MNIST's; DownloadError when no mirror delivers.
 */
export function loadMnist(options: CollectionOptions = {}): Promise<Dataset> {
  return loadCollection(mnist, options)
}

/**
 * Data of the user's own in MNIST's format, from a directory that holds the four files.
 * @throws InputError for a directory or file that is missing or malformed.
 */
export async function loadIdx(dataDir: string, classes = 10): Promise<Dataset> {
  const files = await readIdxDirectory(dataDir)
  const sums = await eachOfFour(files, async ({ bytes }) => sha256(bytes))
  const sum = sha256(Buffer.from(Object.values(sums).join('\n')))
  const origin = `IDX files in a directory ${basename(resolve(dataDir))}, SHA-256 of their four checksums ${sum}`
  return idxDataset(files, { name: 'idx', origin, classes })
}
