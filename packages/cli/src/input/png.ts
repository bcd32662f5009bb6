/**
 * A PNG file as pixels: red, green and blue from 0 to 1, whatever depth, palette or transparency the file has. The
 * sample of a model is made of it in `picture.ts`.
 */
import { readFile, stat } from 'node:fs/promises'
import { InputError } from '@isograd/core'
import { convertIndexedToRgb, decode, type DecodedPng, hasPngSignature } from 'fast-png'
import { messageOf } from '../errors/failure.js'

/** A picture; `pixels` is [height, width, 3]. */
export interface Picture {
  readonly width: number
  readonly height: number
  /** True where every pixel of the file is a shade of grey. */
  readonly grey: boolean
  readonly pixels: Float32Array
}

const MOST_BYTES = 64 * 1024 * 1024
const MOST_PIXELS = 32_000_000
/** Signature, length and name of the first chunk, width, height. */
const SIZE_AT = 16

function fail(path: string, message: string, cause?: unknown): never {
  throw new InputError('isograd', `--image: ${path}: ${message}`, { cause })
}

async function read(path: string): Promise<Uint8Array> {
  try {
    const { size } = await stat(path)
    if (size > MOST_BYTES) fail(path, `expected at most ${MOST_BYTES} bytes, got ${size}`)
    return await readFile(path)
  } catch (error) {
    if (error instanceof InputError) throw error
    const code = error instanceof Error && 'code' in error ? error.code : ''
    const reasons = { ENOENT: 'there is no such file', EISDIR: 'expected a file, got a directory' }
    return fail(path, reasons[code as keyof typeof reasons] ?? `cannot be read: ${messageOf(error)}`, error)
  }
}

/** The size stands at the beginning: it is looked at before anything of that size is made. */
function checkSize(path: string, bytes: Uint8Array): void {
  if (!hasPngSignature(bytes)) fail(path, 'expected a PNG picture, got something else')
  if (bytes.length < SIZE_AT + 8) fail(path, 'a damaged PNG: the file is cut short')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const [width, height] = [view.getUint32(SIZE_AT), view.getUint32(SIZE_AT + 4)]
  if (width * height > MOST_PIXELS) fail(path, `expected at most ${MOST_PIXELS} pixels, got ${width} x ${height}`)
}

/** One number for each pixel and channel, from 0 to 1. */
function samplesOf({ width, height, depth, channels, data }: DecodedPng): Float32Array {
  const most = 2 ** depth - 1
  if (depth >= 8) return Float32Array.from(data, (value) => value / most)
  // Several pixels stand in a byte, the first in the highest bits; every line begins with a new byte.
  const lineBytes = Math.ceil((width * depth) / 8)
  const samples = new Float32Array(width * height * channels)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const bit = x * depth
      const byte = data[y * lineBytes + (bit >> 3)] ?? 0
      samples[y * width + x] = ((byte >> (8 - depth - (bit & 7))) & most) / most
    }
  }
  return samples
}

/** A palette written out: three channels, or four where its colours may be transparent. */
function withoutPalette(image: DecodedPng): DecodedPng {
  const { palette, ...rest } = image
  if (palette === undefined) return image
  return { ...rest, data: convertIndexedToRgb(image), channels: palette[0]?.length ?? 3, depth: 8 }
}

/** Red, green and blue; transparent pixels show black, the ground of the data sets' own pictures. */
function colours(samples: Float32Array, channels: number): { pixels: Float32Array; grey: boolean } {
  const count = samples.length / channels
  const pixels = new Float32Array(3 * count)
  let grey = true
  for (let i = 0; i < count; i++) {
    const alpha = channels % 2 === 0 ? (samples[i * channels + channels - 1] ?? 1) : 1
    for (let c = 0; c < 3; c++) {
      pixels[3 * i + c] = alpha * (samples[i * channels + (channels < 3 ? 0 : c)] ?? 0)
      if (pixels[3 * i + c] !== pixels[3 * i]) grey = false
    }
  }
  return { pixels, grey }
}

function decodeBytes(path: string, bytes: Uint8Array): DecodedPng {
  try {
    const image = decode(bytes, { checkCrc: true })
    if (image.data.length === 0) fail(path, 'a damaged PNG: it has no pixels')
    return withoutPalette(image)
  } catch (error) {
    if (error instanceof InputError) throw error
    return fail(path, `a damaged PNG: ${messageOf(error).replace(/[\s:]+$/, '')}`, error)
  }
}

/** Reads a PNG file. @throws InputError where there is no file, no PNG, a damaged one, or one far too large. */
export async function readPng(path: string): Promise<Picture> {
  const bytes = await read(path)
  checkSize(path, bytes)
  const image = decodeBytes(path, bytes)
  const { width, height, channels } = image
  const samples = samplesOf(image)
  if (samples.length < width * height * channels) fail(path, 'a damaged PNG: pixels are missing')
  return { width, height, ...colours(samples, channels) }
}
