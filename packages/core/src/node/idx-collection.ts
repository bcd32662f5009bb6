/**
 * Data sets in MNIST's format: published ones, from a directory or downloaded into the cache and in either case
 * compared with their checksums, and the user's own, which there is nothing to compare with.
 */
import { basename, join, resolve } from 'node:path'
import type { Dataset } from '../data/dataset.js'
import { findIdxFiles } from '../data/formats/idx-files.js'
import { pairBytes } from '../data/formats/idx-format.js'
import { idxDataset, type IdxDescription, type IdxFour, type IdxTables } from '../data/formats/idx-dataset.js'
import type { NamedBytes } from '../data/formats/idx.js'
import type { IdxData } from '../data/record.js'
import { cacheDirectory } from './cache-directory.js'
import { sha256 } from './content.js'
import { download } from './download.js'
import type { FetchOptions } from './fetch-bytes.js'
import { fileSource } from './file-source.js'
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

/** Settings of the user's own files. */
export interface IdxDirectorySettings extends Omit<IdxDescription, 'name' | 'origin'> {
  /** The beginning of the files' names, where the directory holds several sets. */
  readonly prefix?: string
}

/**
 * Data of the user's own in MNIST's format, from a directory that holds inputs and labels, and further ones to test with.
 * @throws InputError for a directory or file that is missing or malformed.
 */
export async function loadIdxDirectory(
  name: string,
  dataDir: string,
  { prefix, ...settings }: IdxDirectorySettings = {},
): Promise<Dataset> {
  const { tables, names } = await findIdxFiles(await fileSource(dataDir), prefix)
  const train = await pairBytes(tables.train)
  const files = { train, ...(tables.test && { test: await pairBytes(tables.test) }) }
  const sums = Object.values(files).flatMap(({ inputs, labels }) => [sha256(inputs.bytes), sha256(labels.bytes)])
  const sum = sha256(Buffer.from(sums.join('\n')))
  const count = sums.length === 4 ? 'four' : 'two'
  const origin = `IDX files in a directory ${basename(resolve(dataDir))}, SHA-256 of their ${count} checksums ${sum}`
  return idxDataset(files, { name, origin, ...(names && { names }), ...settings })
}
