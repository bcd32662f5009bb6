/**
 * Data sets in MNIST's format: published ones, from a directory or downloaded into the cache and in either case
 * compared with their checksums, and the user's own, which there is nothing to compare with.
 */
import { basename, join, resolve } from 'node:path'
import type { Dataset } from '../data/dataset.js'
import { idxDataset, type IdxDescription, type IdxFour, type IdxTables } from '../data/formats/idx-dataset.js'
import type { NamedBytes } from '../data/formats/idx.js'
import type { IdxData } from '../data/record.js'
import { cacheDirectory } from './cache-directory.js'
import { sha256 } from './content.js'
import { download } from './download.js'
import type { FetchOptions } from './fetch-bytes.js'
import { eachOfFour, idxNames, readIdxDirectory } from './idx-directory.js'

/** Where to take a published data set from. */
export interface CollectionOptions extends FetchOptions {
  /** A directory that holds the four files; without it they are downloaded. */
  readonly dataDir?: string
  /** Where downloads are kept, in a directory of the data set's name; `cacheDirectory()` unless given. */
  readonly cacheDir?: string
  /** Addresses to use instead of the data set's own mirrors. */
  readonly mirrors?: readonly string[]
}

function downloadFour(name: string, collection: IdxData, options: CollectionOptions): Promise<IdxFour<NamedBytes>> {
  const directory = join(options.cacheDir ?? cacheDirectory(), name)
  let mirrors = options.mirrors ?? collection.mirrors
  return eachOfFour(idxNames, async (stem, role) => {
    const file = { name: `${stem}.gz`, mirrors, checksum: collection.checksums[role] }
    const { content, mirror } = await download(file, directory, options)
    // What has just delivered is asked first from now on: a silent mirror costs one timeout, not four.
    if (mirror !== undefined) mirrors = [mirror, ...mirrors.filter((other) => other !== mirror)]
    return { file: join(directory, file.name), bytes: content }
  })
}

function tablesOf<T>({ trainImages, trainLabels, testImages, testLabels }: IdxFour<T>): IdxTables<T> {
  return {
    train: { inputs: trainImages, labels: trainLabels },
    test: { inputs: testImages, labels: testLabels },
  }
}

/**
 * A published data set, from `dataDir` or from the cache, into which it is downloaded first.
 * @throws InputError, DownloadError as `readIdxDirectory` and `download`.
 */
export async function loadIdxCollection(
  name: string,
  collection: IdxData,
  options: CollectionOptions = {},
): Promise<Dataset> {
  const { dataDir } = options
  const files = await (dataDir === undefined
    ? downloadFour(name, collection, options)
    : readIdxDirectory(dataDir, collection.checksums))
  const { categories = 10 } = collection
  return idxDataset(tablesOf(files), {
    name,
    origin: `the published files of ${name}, verified by SHA-256`,
    categories,
  })
}

/**
 * Data of the user's own in MNIST's format, from a directory that holds the four files.
 * @throws InputError for a directory or file that is missing or malformed.
 */
export async function loadIdxDirectory(
  name: string,
  dataDir: string,
  settings: Omit<IdxDescription, 'name' | 'origin'> = {},
): Promise<Dataset> {
  const files = await readIdxDirectory(dataDir)
  const sums = await eachOfFour(files, async ({ bytes }) => sha256(bytes))
  const sum = sha256(Buffer.from(Object.values(sums).join('\n')))
  const origin = `IDX files in a directory ${basename(resolve(dataDir))}, SHA-256 of their four checksums ${sum}`
  return idxDataset(tablesOf(files), { name, origin, ...settings })
}
