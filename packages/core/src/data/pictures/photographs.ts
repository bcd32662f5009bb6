/**
 * JPEG and WebP files as numbers, by `sharp`: its libjpeg-turbo gives the bytes that Pillow and PyTorch's loaders do, which the
 * decoders in JavaScript do not, and is six times as fast as they are.
 */
import { optionalPackage } from '../optional-package.js'
import { decoder, type PictureDecoder } from './decoder.js'

function textAt(bytes: Uint8Array, start: number, length: number): string {
  return String.fromCodePoint(...bytes.subarray(start, start + length))
}

function bySharp(name: string): PictureDecoder['decode'] {
  return async (bytes, limitInputPixels) => {
    const { default: sharp } = await optionalPackage<typeof import('sharp')>('sharp', `reading ${name} files`)
    const { data, info } = await sharp(bytes, { limitInputPixels })
      .toColourspace('srgb')
      .raw()
      .toBuffer({ resolveWithObject: true })
    const { width, height, channels } = info
    return { width, height, channels, values: Float32Array.from(data).map((value) => value / 255) }
  }
}

/** JPEG: ISO/IEC 10918. Turns that a camera notes are not made, as in most data sets. */
export const jpeg = decoder({
  name: 'JPEG',
  extensions: ['.jpg', '.jpeg', '.jpe', '.jfif'],
  matches: ([first, second, third]) => first === 0xff && second === 0xd8 && third === 0xff,
  decode: bySharp('JPEG'),
})

/** WebP: RFC 9649. */
export const webp = decoder({
  name: 'WebP',
  extensions: ['.webp'],
  matches: (bytes) => textAt(bytes, 0, 4) === 'RIFF' && textAt(bytes, 8, 4) === 'WEBP',
  decode: bySharp('WebP'),
})
