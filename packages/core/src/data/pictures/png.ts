/** PNG files as numbers, of any depth, with palettes and transparency. */
import type { DecodedPng } from 'fast-png'
import { withoutPackage } from '../optional-package.js'
import { decoder } from './decoder.js'
import type { Raster } from './picture.js'
import { checkUnpackedSize } from './png-size.js'

/** Signature, length and name of the first chunk, width, height. */
const SIZE_AT = 16

/** One number for each place and channel, from 0 to 1. */
function samplesOf({ width, height, depth, channels, data }: DecodedPng): Float32Array {
  const most = 2 ** depth - 1
  if (depth >= 8) return Float32Array.from(data).map((value) => value / most)
  // Several stand in a byte, the first in the highest bits; every line begins with a new byte.
  const lineBytes = Math.ceil((width * depth) / 8)
  const samples = new Float32Array(width * height * channels)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const bit = x * depth
      const byte = data[y * lineBytes + (bit >> 3)] as number
      samples[y * width + x] = ((byte >> (8 - depth - (bit & 7))) & most) / most
    }
  }
  return samples
}

/** The values with an alpha of 0 where they are the colour that the file calls transparent. */
function withColourKey({ width, height, channels, values }: Raster, key: readonly number[]): Raster {
  const keyed = new Float32Array(width * height * (channels + 1))
  for (let i = 0; i < width * height; i++) {
    const own = values.subarray(i * channels, (i + 1) * channels)
    keyed.set(own, i * (channels + 1))
    keyed[(i + 1) * (channels + 1) - 1] = own.every((value, c) => value === Math.fround(key[c] ?? -1)) ? 0 : 1
  }
  return { width, height, channels: channels + 1, values: keyed }
}

/** The package, by its name and within a try: bundlers take it along where it is installed. @throws InputError */
async function fastPng() {
  try {
    return await import('fast-png')
  } catch (error) {
    throw withoutPackage('fast-png', 'reading PNG files', error)
  }
}

/** PNG: ISO/IEC 15948. */
export const png = decoder({
  name: 'PNG',
  extensions: ['.png'],
  matches: (bytes) => [137, 80, 78, 71, 13, 10, 26, 10].every((byte, at) => bytes[at] === byte),
  sizeOf: (view) =>
    view.byteLength < SIZE_AT + 8 ? undefined : [view.getUint32(SIZE_AT), view.getUint32(SIZE_AT + 4)],
  async decode(bytes) {
    const { convertIndexedToRgb, decode } = await fastPng()
    checkUnpackedSize(bytes)
    const { palette, transparency, ...image } = decode(bytes, { checkCrc: true })
    const isIndexed = palette !== undefined
    const plain = isIndexed
      ? {
          ...image,
          data: convertIndexedToRgb({ ...image, palette }),
          channels: palette[0]?.length ?? 3,
          depth: 8 as const,
        }
      : image
    const raster = { width: image.width, height: image.height, channels: plain.channels, values: samplesOf(plain) }
    const most = 2 ** image.depth - 1
    if (isIndexed || transparency === undefined || transparency.length === 0) return raster
    return withColourKey(
      raster,
      Array.from(transparency, (value) => value / most),
    )
  },
})
