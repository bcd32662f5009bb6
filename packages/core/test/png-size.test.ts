/** A PNG file whose data unpack to far more than its header says is told before it is unpacked. */
import { zlibSync } from 'fflate'
import { expect, it } from 'vitest'
import { checkUnpackedSize } from '../src/data/pictures/png-size.js'

function chunk(name: string, content: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + content.length)
  new DataView(bytes.buffer).setUint32(0, content.length)
  bytes.set(Buffer.from(name), 4)
  bytes.set(content, 8)
  return bytes
}

/** Signature, header and data of a grey picture; checksums are not looked at here. */
function pngOf(width: number, height: number, data: Uint8Array): Uint8Array {
  const header = new Uint8Array(13)
  new DataView(header.buffer).setUint32(0, width)
  new DataView(header.buffer).setUint32(4, height)
  header.set([8, 0, 0, 0, 0], 8)
  const parts = [Uint8Array.of(137, 80, 78, 71, 13, 10, 26, 10), chunk('IHDR', header), chunk('IDAT', data)]
  return Uint8Array.from(parts.flatMap((part) => [...part]))
}

it('refuses 100 MB that are said to be 28 x 28', () => {
  const packed = zlibSync(new Uint8Array(1e8))
  expect(packed.length).toBeLessThan(200_000)
  // Twice 28 lines of a filter and 4 times 28 bytes, and some room.
  expect(() => checkUnpackedSize(pngOf(28, 28, packed))).toThrow('more than the 6392 bytes')
})

it('lets pass what the header says', () => {
  const lines = zlibSync(new Uint8Array(9000 * 9001))
  expect(() => checkUnpackedSize(pngOf(9000, 9000, lines))).not.toThrow()
})
