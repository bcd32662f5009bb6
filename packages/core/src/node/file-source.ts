/**
 * Files and directories as formats see them: a file that is gzip is its content. Devices, pipes and sockets are refused before
 * anything is read of them.
 */
import { createReadStream, type Stats } from 'node:fs'
import { open, readdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { DataSource } from '../data/formats/format.js'
import { failAt, reasonOf } from './file-errors.js'
import { inflated, inflatedHead, inflatedPieces, isGzip } from './gzip.js'

const HEAD_BYTES = 4096
const CHUNK_BYTES = 1 << 20

/** @throws InputError for what is neither a regular file nor a directory. */
export async function statFile(path: string): Promise<Stats> {
  const stats = await stat(path).catch((error: unknown) => failAt(path, reasonOf(error), error))
  return stats.isFile() || stats.isDirectory() ? stats : failAt(path, 'expected a regular file')
}

/** The first bytes of a file, or all of them, in memory that begins at a multiple of 8. */
async function read(path: string, size: number): Promise<Uint8Array<ArrayBuffer>> {
  const file = await open(path).catch((error: unknown) => failAt(path, reasonOf(error), error))
  try {
    const bytes = new Uint8Array(size)
    for (let at = 0; at < size;) {
      // oxlint-disable-next-line no-await-in-loop -- one read follows the other
      const { bytesRead } = await file.read(bytes, at, Math.min(size - at, 1 << 30), at)
      if (bytesRead === 0)
        return failAt(path, `expected ${size} bytes, got ${at}: the file has been cut while it was read`)
      at += bytesRead
    }
    return bytes
  } finally {
    await file.close()
  }
}

async function* chunks(path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(path, { highWaterMark: CHUNK_BYTES })
  } catch (error) {
    failAt(path, reasonOf(error), error)
  }
}

/** The source of a path; `file` is what messages call it. @throws InputError for what is neither file nor directory. */
export async function fileSource(path: string, file = path): Promise<DataSource> {
  const stats = await statFile(path)
  const names = stats.isDirectory() ? (await readdir(path)).toSorted() : undefined
  const size = names === undefined ? stats.size : 0
  const head = await read(path, Math.min(size, HEAD_BYTES))
  const isPacked = isGzip(head)
  return {
    file,
    names,
    size,
    head: isPacked ? inflatedHead(head) : head,
    bytes: () => (isPacked ? inflated(file, chunks(path)) : read(path, size)),
    chunks: () => (isPacked ? inflatedPieces(file, chunks(path)) : chunks(path)),
    open: (name) => fileSource(join(path, name), join(file, basename(name))),
  }
}
