/** The content of gzip files, piece by piece, and no more of it than anyone would have packed on purpose. */
import { constants, createGunzip, gunzipSync } from 'node:zlib'
import { pipeline, Readable } from 'node:stream'
import { failAt } from '../errors.js'
import { gzipProblem } from './content.js'

/** The most that a file may grow to; below `HARMLESS_BYTES` it may also grow by any factor. */
const MOST_BYTES = 2 ** 32
const HARMLESS_BYTES = 2 ** 28
const MOST_FACTOR = 200

/** True when bytes begin as gzip does. */
export function isGzip(head: Uint8Array): boolean {
  return head[0] === 0x1f && head[1] === 0x8b
}

/** The content of the first bytes of a file, as far as it can be told from them; empty where they are damaged. */
export function inflatedHead(head: Uint8Array): Uint8Array {
  try {
    const content = gunzipSync(head, { finishFlush: constants.Z_SYNC_FLUSH })
    return new Uint8Array(content.subarray(0, head.length))
  } catch {
    return new Uint8Array()
  }
}

function checkGrowth(file: string, packed: number, content: number): void {
  if (content > MOST_BYTES || (content > HARMLESS_BYTES && content > MOST_FACTOR * packed)) {
    failAt(
      file,
      `uncompressed, it is larger than ${Math.floor(content / 2 ** 20)} MiB, of ${packed} bytes; uncompress it first if that is meant`,
    )
  }
}

/** The content of a file, piece by piece. @throws InputError for what is damaged, or grows out of measure. */
export async function* inflatedPieces(file: string, pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip({ chunkSize: 1 << 20 })
  // A failure of either side ends both, and comes out of the loop below.
  pipeline(Readable.from(pieces), gunzip, () => {})
  let content = 0
  try {
    for await (const piece of gunzip as AsyncIterable<Uint8Array>) {
      content += piece.length
      checkGrowth(file, gunzip.bytesWritten, content)
      yield piece
    }
  } catch (error) {
    const problem = gzipProblem(error)
    if (problem === undefined) throw error
    failAt(file, problem, error)
  }
}

/** The whole content of a file, in memory of its own. @throws InputError as `inflatedPieces`. */
export async function inflated(file: string, pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = []
  for await (const piece of inflatedPieces(file, pieces)) parts.push(new Uint8Array(piece))
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
