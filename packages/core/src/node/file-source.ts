/**
 * Files and directories as formats see them: a file that is gzip is its content. Devices, pipes and sockets are refused before
 * anything is read of them.
 */
import type { Stats } from 'node:fs'
import { open, readdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { DataSource } from '../data/formats/format.js'
import { failAt } from '../errors.js'
import { reasonOf } from './file-errors.js'
import type { TransferProgress } from './fetch-bytes.js'
import { inflated, inflatedHead, inflatedPieces, isGzip } from './gzip.js'

const HEAD_BYTES = 4096
const CHUNK_BYTES = 1 << 20
const LARGE_CHUNK_BYTES = 1 << 26
/** Milliseconds after which a reader tells how far it is. */
const PATIENCE = 1000

/** Options of reading. */
export interface ReadingOptions {
  /** Told how far a file is read, once that takes over a second. */
  readonly onProgress?: (progress: TransferProgress) => void
  readonly signal?: AbortSignal
}

/** A function to be told of bytes as they come, which tells on when a second has gone. */
function reporter(file: string, total: number, { onProgress, signal }: ReadingOptions): (received: number) => void {
  const start = performance.now()
  return (received) => {
    signal?.throwIfAborted()
    if (performance.now() - start > PATIENCE) onProgress?.({ file, received, total, isLocal: true })
  }
}

/** @throws InputError for what is neither a regular file nor a directory. */
export async function statFile(path: string): Promise<Stats> {
  const stats = await stat(path).catch((error: unknown) => failAt(path, reasonOf(error), error))
  return stats.isFile() || stats.isDirectory() ? stats : failAt(path, 'expected a regular file')
}

/** The first bytes of a file, or all of them, in memory that begins at a multiple of 8. */
async function read(path: string, size: number, told?: (received: number) => void): Promise<Uint8Array<ArrayBuffer>> {
  const file = await open(path).catch((error: unknown) => failAt(path, reasonOf(error), error))
  try {
    const bytes = new Uint8Array(size)
    for (let at = 0; at < size;) {
      // oxlint-disable-next-line no-await-in-loop -- one read follows the other
      const { bytesRead } = await file.read(bytes, at, Math.min(size - at, LARGE_CHUNK_BYTES), at)
      if (bytesRead === 0)
        return failAt(path, `expected ${size} bytes, got ${at}: the file has been cut while it was read`)
      at += bytesRead
      told?.(at)
    }
    return bytes
  } finally {
    await file.close()
  }
}

/** The content piece by piece, all in one memory. */
async function* chunks(path: string, told: (received: number) => void): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const file = await open(path).catch((error: unknown) => failAt(path, reasonOf(error), error))
  try {
    const bytes = new Uint8Array(CHUNK_BYTES)
    for (let received = 0; ;) {
      // oxlint-disable-next-line no-await-in-loop -- one read follows the other
      const { bytesRead } = await file.read(bytes, 0, bytes.length, received)
      if (bytesRead === 0) return
      received += bytesRead
      yield bytes.subarray(0, bytesRead)
      told(received)
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error) failAt(path, reasonOf(error), error)
    throw error
  } finally {
    await file.close()
  }
}

/** Pieces in memory of their own, for a reader that keeps some of them. */
async function* kept(pieces: AsyncIterable<Uint8Array<ArrayBuffer>>): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for await (const piece of pieces) yield piece.slice()
}

/** The source of a path. @throws InputError for what is neither a file nor a directory. */
export async function fileSource(path: string, options: ReadingOptions = {}): Promise<DataSource> {
  const stats = await statFile(path)
  const names = stats.isDirectory() ? (await readdir(path)).toSorted() : undefined
  const size = names === undefined ? stats.size : 0
  const head = await read(path, Math.min(size, HEAD_BYTES))
  const isPacked = isGzip(head)
  const told = (): ((received: number) => void) => reporter(path, size, options)
  return {
    file: path,
    names,
    size,
    head: isPacked ? inflatedHead(head) : head,
    bytes: () => (isPacked ? inflated(path, kept(chunks(path, told()))) : read(path, size, told())),
    chunks: () => (isPacked ? inflatedPieces(path, kept(chunks(path, told()))) : chunks(path, told())),
    open: (name) => fileSource(join(path, basename(name)), options),
  }
}
