/** A kind of picture files: how it is told from others, and how it becomes numbers. */
import type { Raster } from './picture.js'

/** One kind. */
export interface PictureDecoder {
  readonly name: string
  /** In lower case, with the dot. */
  readonly extensions: readonly string[]
  /** Tells by the first bytes if a file is of the kind. */
  matches(bytes: Uint8Array): boolean
  /** Width and height as the header says them; undefined where it is cut short. */
  sizeOf?(view: DataView): readonly [number, number] | undefined
  /** @throws any error for a damaged file; `maxPlaces` is the most of width x height. */
  decode(bytes: Uint8Array, maxPlaces: number): Promise<Raster>
}

/** Gives a decoder its type. */
export function decoder(record: PictureDecoder): PictureDecoder {
  return record
}
