/**
 * The size of what the data of a PNG file unpack to, held to what its header says: a file of some kilobytes may unpack to
 * gigabytes, whatever size it claims to have.
 */
import { Unzlib } from 'fflate'

/** The place of the header: after the signature, the length and the name of the first chunk. */
const HEADER = 16

/** Bytes that deflate makes of one at most; less than this much is unpacked without a look. */
const [LARGEST_RATIO, HARMLESS] = [1032, 2 ** 26]

/** Lines of four channels with their filter bytes; an interlaced picture has some more of those, in seven passes. */
function largestSize(view: DataView): number {
  const [width, height] = [view.getUint32(HEADER), view.getUint32(HEADER + 4)]
  const line = 1 + Math.ceil((width * 4 * view.getUint8(HEADER + 8)) / 8)
  return 2 * height * line + 64
}

/** The contents of the chunks of data. */
function dataOf(bytes: Uint8Array, view: DataView): Uint8Array[] {
  const found: Uint8Array[] = []
  for (let at = 8; at + 12 <= bytes.length;) {
    const length = view.getUint32(at)
    if (String.fromCharCode(...bytes.subarray(at + 4, at + 8)) === 'IDAT') {
      found.push(bytes.subarray(at + 8, at + 8 + length))
    }
    at += 12 + length
  }
  return found
}

/** @throws an error for data that unpack to more than the header says. */
export function checkUnpackedSize(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const parts = dataOf(bytes, view)
  const packed = parts.reduce((sum, { length }) => sum + length, 0)
  if (packed * LARGEST_RATIO <= HARMLESS) return
  const most = largestSize(view)
  let unpacked = 0
  const unzlib = new Unzlib((piece) => {
    unpacked += piece.length
    if (unpacked > most) throw new Error(`its data unpack to more than the ${most} bytes that its size needs at most`)
  })
  // Small pieces: each is unpacked as a whole.
  for (const part of parts) {
    for (let at = 0; at < part.length; at += 2 ** 12) unzlib.push(part.subarray(at, at + 2 ** 12), false)
  }
}
