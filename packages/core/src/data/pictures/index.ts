/** All kinds of picture files, and the one way to read a file of any of them. Adding one adds its file and its line here. */
import { failAt, InputError } from '../../errors.js'
import { bmp } from './bmp.js'
import type { PictureDecoder } from './decoder.js'
import { jpeg, webp } from './photographs.js'
import { type Colour, composed, type Picture } from './picture.js'
import { png } from './png.js'
import { thrownText } from '../../text/visible.js'

/** Every kind. */
export const pictureDecoders: readonly PictureDecoder[] = [png, jpeg, webp, bmp]

/** The most of width x height: what cameras make, and less than 512 MiB as numbers. */
const MOST_PLACES = 24_000_000

/** The kind of a file's content. @throws InputError for what is no picture, or has the name of another kind. */
function decoderOf(file: string, bytes: Uint8Array): PictureDecoder {
  const found = pictureDecoders.find((kind) => kind.matches(bytes))
  const known = pictureDecoders.map(({ name }) => name).join(', ')
  if (found === undefined)
    return failAt(file, `expected a picture (${known}), got ${bytes.length === 0 ? 'no bytes' : 'something else'}`)
  const extension = /\.\w+$/.exec(file)?.[0].toLowerCase()
  const named = pictureDecoders.find(({ extensions }) => extension !== undefined && extensions.includes(extension))
  if (named === undefined || named === found) return found
  return failAt(
    file,
    `expected ${named.name}, as it is called ${extension}, got ${found.name}; rename it to ${found.extensions[0]}`,
  )
}

function checkSize(file: string, kind: PictureDecoder, bytes: Uint8Array): void {
  if (kind.sizeOf === undefined) return
  const { name } = kind
  const size = kind.sizeOf(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength))
  if (size === undefined) return failAt(file, `a damaged ${name}: the file is cut short`)
  const [width, height] = size
  if (width < 1 || height < 1) failAt(file, `a damaged ${name}: expected at least one pixel, got ${width} x ${height}`)
  if (width * height > MOST_PLACES) failAt(file, `expected at most ${MOST_PLACES} pixels, got ${width} x ${height}`)
}

/**
 * A picture file of any kind, on a ground.
 * @throws InputError naming the file for what is no picture, damaged, far too large, or called what it is not.
 */
export async function decodePicture(file: string, bytes: Uint8Array, ground: Colour): Promise<Picture> {
  const kind = decoderOf(file, bytes)
  checkSize(file, kind, bytes)
  try {
    const raster = await kind.decode(bytes, MOST_PLACES)
    if (raster.values.length < raster.width * raster.height * raster.channels) throw new Error('values are missing')
    return composed(raster, ground)
  } catch (error) {
    if (error instanceof InputError) throw error
    const reason = thrownText(error)
    return failAt(file, `a damaged ${kind.name}: ${reason.replace(/[\s:]+$/, '')}`, error)
  }
}
