/**
 * A file with a known checksum, from the cache or from the first of its mirrors that delivers it whole. Nothing reaches
 * the cache unverified or in part, so it needs no lock: processes that download at once write the same bytes.
 */
import { access, constants, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Checksum } from '../data/record.js'
import { type DownloadAttempt, DownloadError, InputError } from '../errors.js'
import { removeParts, writeAtomically } from './atomic-file.js'
import { type Outcome, verify } from './content.js'
import { fetchBytes, type FetchOptions } from './fetch-bytes.js'
import { makeDirectory } from './make-directory.js'
import { thrownText } from '../text/visible.js'

/** A file that can be had from several places. */
export interface RemoteFile {
  /** Its name, in the cache and behind the mirrors' addresses. */
  readonly name: string
  /** Addresses of directories, each ending in a slash, best first. */
  readonly mirrors: readonly string[]
  /** Of the uncompressed content: mirrors may compress differently. */
  readonly checksum: Checksum
}

/** A file's verified, uncompressed content. */
export interface Delivery {
  readonly content: Uint8Array
  /** The mirror that it came from; undefined when it was in the cache. */
  readonly mirror: string | undefined
}

/** Room for headers, and for what compression adds to incompressible data. */
const SLACK = 65_536

const NO_CACHE = 'set ISOGRAD_CACHE_DIR to a directory that can be written, or pass the files with --data-dir'
const NO_MIRROR =
  'Pass a directory that holds the files with --data-dir, or use the data set "digits", which needs no download.'

function unwritable(directory: string, error: unknown): InputError {
  const reason = thrownText(error)
  return new InputError('core', `cache directory ${directory}: cannot be written (${reason}); ${NO_CACHE}`, {
    cause: error,
  })
}

async function cached(path: string, { name, checksum }: RemoteFile): Promise<Uint8Array | undefined> {
  const isFile = (await stat(path).catch(() => undefined))?.isFile() === true
  const bytes = isFile ? await readFile(path).catch(() => undefined) : undefined
  const outcome: Outcome = bytes === undefined ? { problem: 'absent' } : await verify(name, bytes, checksum)
  return 'content' in outcome ? outcome.content : undefined
}

/** Makes the cache directory, and finds out before a long download whether it can be written. */
async function prepare(directory: string): Promise<void> {
  try {
    makeDirectory(directory)
    await access(directory, constants.W_OK)
    removeParts(directory)
  } catch (error) {
    throw unwritable(directory, error)
  }
}

/** Bytes as served and as uncompressed, or why this mirror will not do. */
async function tryMirror(
  address: string,
  { name, checksum }: RemoteFile,
  options: FetchOptions,
): Promise<{ readonly served: Uint8Array; readonly content: Uint8Array } | { readonly problem: string }> {
  const fetched = await fetchBytes({ address, file: name, most: checksum.bytes + SLACK }, options)
  if ('problem' in fetched) return fetched
  const verified = await verify(name, fetched.content, checksum)
  return 'problem' in verified ? verified : { served: fetched.content, content: verified.content }
}

async function fromMirrors(file: RemoteFile, directory: string, options: FetchOptions): Promise<Delivery> {
  const attempts: DownloadAttempt[] = []
  for (const mirror of file.mirrors) {
    const address = new URL(file.name, mirror).href
    const delivery = await tryMirror(address, file, options)
    options.signal?.throwIfAborted()
    if ('problem' in delivery) {
      attempts.push({ address, reason: delivery.problem })
      continue
    }
    const path = join(directory, file.name)
    try {
      writeAtomically(path, delivery.served)
    } catch (error) {
      // Windows may refuse to replace a file while another process reads it: then it is there already.
      if ((await cached(path, file)) === undefined) throw unwritable(directory, error)
    }
    return { content: delivery.content, mirror }
  }
  throw new DownloadError('core', file.name, attempts, NO_MIRROR)
}

/**
 * The content of a file, downloaded into `directory` unless it is there already. A cached file that has been damaged is
 * downloaded again.
 * @throws DownloadError when no mirror delivers it; InputError when the directory cannot be written; the reason of
 * `options.signal` when that is aborted.
 */
export async function download(file: RemoteFile, directory: string, options: FetchOptions = {}): Promise<Delivery> {
  options.signal?.throwIfAborted()
  const content = await cached(join(directory, file.name), file)
  if (content !== undefined) return { content, mirror: undefined }
  await prepare(directory)
  return fromMirrors(file, directory, options)
}
