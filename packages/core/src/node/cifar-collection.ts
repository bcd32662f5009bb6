/**
 * CIFAR-10 and CIFAR-100, from a directory of the user's, which holds the archive or what was in it, or downloaded into
 * the cache. The content of each file is compared with its checksum in either case.
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Dataset } from '../data/dataset.js'
import { cifarDataset, type CifarForm } from '../data/formats/cifar.js'
import type { NamedBytes } from '../data/formats/idx.js'
import { readTar } from '../data/formats/tar.js'
import { InputError } from '../errors.js'
import { cacheDirectory } from './cache-directory.js'
import { type Checksum, uncompress, verify } from './content.js'
import { download } from './download.js'
import type { CollectionOptions } from './idx-collection.js'

/** A published data set in CIFAR's binary format. */
export interface CifarCollection {
  readonly name: string
  readonly form: CifarForm
  /** Addresses of directories, each ending in a slash, that hold the archive. */
  readonly mirrors: readonly string[]
  readonly archive: { readonly name: string; readonly checksum: Checksum }
  /** Where the files lie in the archive. */
  readonly directory: string
  /** Files by name, in the order of their samples. */
  readonly train: Readonly<Record<string, Checksum>>
  readonly test: Readonly<Record<string, Checksum>>
}

const MIRRORS = ['https://www.cs.toronto.edu/~kriz/']
/** More than the archives are, uncompressed; their own sums are those of the compressed files. */
const MOST_ARCHIVE_BYTES = 200_000_000

function archive(name: string, sum: string): CifarCollection['archive'] {
  return { name, checksum: { bytes: MOST_ARCHIVE_BYTES, sha256: sum, of: 'gzip' } }
}

function batch(sum: string, records = 10_000, recordBytes = 3073): Checksum {
  return { bytes: records * recordBytes, sha256: sum }
}

/** CIFAR-10: 50,000 training and 10,000 test samples of 32 x 32 pixels in three colours, ten classes. */
export const cifar10: CifarCollection = {
  name: 'cifar10',
  form: { labels: 1, classes: 10 },
  mirrors: MIRRORS,
  archive: archive('cifar-10-binary.tar.gz', 'c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd'),
  directory: 'cifar-10-batches-bin',
  train: {
    'data_batch_1.bin': batch('cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5'),
    'data_batch_2.bin': batch('a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed'),
    'data_batch_3.bin': batch('bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67'),
    'data_batch_4.bin': batch('014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48'),
    'data_batch_5.bin': batch('755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add'),
  },
  test: { 'test_batch.bin': batch('8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b') },
}

/** CIFAR-100: as many samples of as many pixels, one hundred classes. */
export const cifar100: CifarCollection = {
  name: 'cifar100',
  form: { labels: 2, classes: 100 },
  mirrors: MIRRORS,
  archive: archive('cifar-100-binary.tar.gz', '58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec'),
  directory: 'cifar-100-binary',
  train: { 'train.bin': batch('f31298fc616915fa142368359df1c4ca2ae984d6915ca468b998a5ec6aeebf29', 50_000, 3074) },
  test: { 'test.bin': batch('d8b1e6b7b3bee4020055f0699b111f60b1af1e262aeb93a0b659061746f8224a', 10_000, 3074) },
}

function fail(message: string, cause?: unknown): never {
  throw new InputError('core', message, { cause })
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : ''
  if (code === 'ENOENT') return 'does not exist'
  if (code === 'ENOTDIR') return 'is not a directory'
  return `cannot be read: ${error instanceof Error ? error.message : String(error)}`
}

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
    return fail(`${path}: expected ${directory}/${wanted} in it, as in ${file} of ${name}`)
  }
}

function fromFiles(directory: string): Reader {
  return async (name) => {
    const path = join(directory, name)
    const bytes = await readFile(path).catch((error: unknown) => fail(`${path}: ${reasonOf(error)}`, error))
    return { file: path, bytes }
  }
}

/** The archive in a directory, its files, or the directory that they are unpacked to. */
async function readerFor(collection: CifarCollection, dataDir: string): Promise<Reader> {
  const { archive: wanted, directory, train } = collection
  const present = await readdir(dataDir).catch((error: unknown) => {
    const cure = `pass with --data-dir the directory that holds ${wanted.name}, or its files`
    return fail(`data directory ${dataDir}: ${reasonOf(error)}; ${cure}`, error)
  })
  const [first = ''] = Object.keys(train)
  if (present.includes(first)) return fromFiles(dataDir)
  if (present.includes(directory)) return fromFiles(join(dataDir, directory))
  if (!present.includes(wanted.name)) {
    return fail(`data directory ${dataDir}: expected ${wanted.name}, ${directory} or ${first} in it`)
  }
  const path = join(dataDir, wanted.name)
  const outcome = await uncompress(wanted.name, await readFile(path), MOST_ARCHIVE_BYTES)
  if ('problem' in outcome) return fail(`${path}: ${outcome.problem}; replace the file`)
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
    if ('problem' in outcome) fail(`${file}: ${outcome.problem}; replace the file`)
    else found.push({ file, bytes: outcome.content })
  }
  return found
}

/**
 * A published data set, from `dataDir` or from the cache, into which its archive is downloaded first.
 * @throws InputError for files that are missing, damaged or others; DownloadError when no mirror delivers.
 */
export async function loadCifar(collection: CifarCollection, options: CollectionOptions = {}): Promise<Dataset> {
  const { name, form, train, test } = collection
  const { dataDir } = options
  const read = await (dataDir === undefined ? downloaded(collection, options) : readerFor(collection, dataDir))
  const files = { train: await verified(read, train), test: await verified(read, test) }
  return cifarDataset(files, form, name, `the published files of ${name}, verified by SHA-256`)
}
