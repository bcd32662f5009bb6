/**
 * BMP files without compression: 1, 4 and 8 bits with a palette, 24 and 32 bits, lines from below or from above.
 * @see Microsoft, "Bitmap storage", BITMAPINFOHEADER and BITMAPV5HEADER.
 */
import { decoder } from './decoder.js'

/** Beginnings of the fields, and the values of "compression" that are none. */
const AT = { data: 10, header: 14, width: 18, height: 22, bits: 28, compression: 30, colours: 46, masks: 54 } as const
const PLAIN = 0
const BIT_FIELDS = 3

/** Where red, green, blue and alpha of a place stand in the four bytes of 32 bits. */
function masksOf(view: DataView): readonly number[] {
  const isListed = view.getUint32(AT.compression, true) === BIT_FIELDS
  const masks = isListed ? [0, 4, 8].map((at) => view.getUint32(AT.masks + at, true)) : [0xff0000, 0xff00, 0xff]
  // A fourth mask stands in the headers from version 3 on, which are of 56 bytes or more.
  const alpha = isListed && view.getUint32(AT.header, true) >= 56 ? view.getUint32(AT.masks + 12, true) : 0
  return alpha === 0 ? masks : [...masks, alpha]
}

/** The part of a word that a mask of whole bytes covers, from 0 to 1. */
function masked(word: number, mask: number): number {
  const shift = 31 - Math.clz32(mask & -mask)
  return ((word & mask) >>> shift) / (mask >>> shift)
}

/** Reads one place of a line. */
type Reader = (line: number, x: number) => readonly number[]

function readerOf(view: DataView, bits: number): Reader {
  if (bits === 24) return (line, x) => [2, 1, 0].map((c) => view.getUint8(line + 3 * x + c) / 255)
  if (bits === 32) {
    const masks = masksOf(view)
    return (line, x) => masks.map((mask) => masked(view.getUint32(line + 4 * x, true), mask))
  }
  const palette = AT.header + view.getUint32(AT.header, true)
  return (line, x) => {
    const byte = view.getUint8(line + Math.floor((x * bits) / 8))
    const index = (byte >> (8 - bits - ((x * bits) % 8))) & (2 ** bits - 1)
    return [2, 1, 0].map((c) => view.getUint8(palette + 4 * index + c) / 255)
  }
}

function checkForm(view: DataView): number {
  const bits = view.getUint16(AT.bits, true)
  const compression = view.getUint32(AT.compression, true)
  const isPlain = compression === PLAIN || (compression === BIT_FIELDS && bits === 32)
  if (isPlain && [1, 4, 8, 24, 32].includes(bits)) return bits
  throw new Error(`expected 1, 4, 8, 24 or 32 bits without compression, got ${bits} bits, compression ${compression}`)
}

/** BMP. */
export const bmp = decoder({
  name: 'BMP',
  extensions: ['.bmp', '.dib'],
  matches: ([first, second]) => first === 0x42 && second === 0x4d,
  sizeOf: (view) =>
    view.byteLength < AT.masks ? undefined : [view.getInt32(AT.width, true), Math.abs(view.getInt32(AT.height, true))],
  // oxlint-disable-next-line require-await -- others wait for a package
  async decode(bytes) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const bits = checkForm(view)
    const [width, signed] = [view.getInt32(AT.width, true), view.getInt32(AT.height, true)]
    const height = Math.abs(signed)
    const start = view.getUint32(AT.data, true)
    const lineBytes = 4 * Math.ceil((width * bits) / 32)
    const read = readerOf(view, bits)
    const channels = bits === 32 ? masksOf(view).length : 3
    const values = new Float32Array(width * height * channels)
    for (let y = 0; y < height; y++) {
      const line = start + lineBytes * (signed > 0 ? height - 1 - y : y)
      for (let x = 0; x < width; x++) values.set(read(line, x), (y * width + x) * channels)
    }
    return { width, height, channels, values }
  },
})
