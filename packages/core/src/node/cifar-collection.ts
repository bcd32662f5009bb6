/**
 * CIFAR-10 and CIFAR-100, from a directory of the user's, which holds the archive or what was in it, or downloaded into
 * the cache. The content of each file is compared with its checksum in either case.
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Dataset } from '../data/dataset.js'
import { cifarDataset } from '../data/formats/cifar.js'
import type { NamedBytes } from '../data/formats/idx.js'
import { readTar } from '../data/formats/tar.js'
import type { Checksum, CifarData } from '../data/record.js'
import { failAt } from '../errors.js'
import { cacheDirectory } from './cache-directory.js'
import { uncompress, verify } from './content.js'
import { download } from './download.js'
import { reasonOf, requireRegular } from './file-errors.js'
import type { CollectionOptions } from './idx-collection.js'

/** A collection with its name in the table of data. */
type CifarCollection = CifarData & { readonly name: string }

/** Reads a file of the data set by name, wherever it is from. */
type Reader = (name: string) => Promise<NamedBytes>

function fromArchive(
  { name, directory, archive: { name: file } }: CifarCollection,
  path: string,
  tar: Uint8Array,
): Reader {
  const files = readTar({ file: path, bytes: tar })
  return async (wanted) => {
    const bytes = files.get(`${directory}/${wanted}`) ?? files.get(`./${directory}/${wanted}`)
    if (bytes !== undefined) return { file: `${path}, ${wanted}`, bytes }
    return failAt(path, `expected ${directory}/${wanted} in it, as in ${file} of ${name}`)
  }
}

function fromFiles(directory: string): Reader {
  return async (name) => {
    const path = join(directory, name)
    await requireRegular(path)
    const bytes = await readFile(path).catch((error: unknown) => failAt(path, reasonOf(error), error))
    return { file: path, bytes }
  }
}

/** The archive in a directory, its files, or the directory that they are unpacked to. */
async function readerFor(collection: CifarCollection, dataDir: string): Promise<Reader> {
  const { archive: wanted, directory, train } = collection
  const present = await readdir(dataDir).catch((error: unknown) => {
    const cure = `pass with --data-dir the directory that holds ${wanted.name}, or its files`
    return failAt(`data directory ${dataDir}`, `${reasonOf(error)}; ${cure}`, error)
  })
  const [first = ''] = Object.keys(train)
  if (present.includes(first)) return fromFiles(dataDir)
  if (present.includes(directory)) return fromFiles(join(dataDir, directory))
  if (!present.includes(wanted.name)) {
    return failAt(`data directory ${dataDir}`, `expected ${wanted.name}, ${directory} or ${first} in it`)
  }
  const path = join(dataDir, wanted.name)
  await requireRegular(path)
  const outcome = await uncompress(wanted.name, await readFile(path), wanted.checksum.bytes)
  if ('problem' in outcome) return failAt(path, `${outcome.problem}; replace the file`)
  return fromArchive(collection, path, outcome.content)
}

async function downloaded(collection: CifarCollection, options: CollectionOptions): Promise<Reader> {
  const { name, archive: wanted, mirrors } = collection
  const directory = join(options.cacheDir ?? cacheDirectory(), name)
  const file = { ...wanted, mirrors: options.mirrors ?? mirrors }
  const { content } = await download(file, directory, options)
  return fromArchive(collection, join(directory, wanted.name), content)
}

async function verified(read: Reader, files: Readonly<Record<string, Checksum>>): Promise<NamedBytes[]> {
  const found: NamedBytes[] = []
  for (const [name, checksum] of Object.entries(files)) {
    // oxlint-disable-next-line no-await-in-loop -- one at a time keeps memory low
    const { file, bytes } = await read(name)
    // oxlint-disable-next-line no-await-in-loop
    const outcome = await verify(name, bytes, checksum)
    if ('problem' in outcome) failAt(file, `${outcome.problem}; replace the file`)
    else found.push({ file, bytes: outcome.content })
  }
  return found
}

/**
 * A published data set, from `dataDir` or from the cache, into which its archive is downloaded first.
 * @throws InputError for files that are missing, damaged or others; DownloadError when no mirror delivers.
 */
export async function loadCifarCollection(
  name: string,
  published: CifarData,
  options: CollectionOptions = {},
): Promise<Dataset> {
  const collection = { ...published, name }
  const { form, train, test } = published
  const { dataDir } = options
  const read = await (dataDir === undefined ? downloaded(collection, options) : readerFor(collection, dataDir))
  const files = { train: await verified(read, train), test: await verified(read, test) }
  return cifarDataset(files, form, name, `the published files of ${name}, verified by SHA-256`)
}
