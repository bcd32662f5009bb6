/** Picture files by their path. */
import { readFile } from 'node:fs/promises'
import { decodePicture } from '../data/pictures/index.js'
import { type Colour, type Picture, WHITE } from '../data/pictures/picture.js'
import { failAt } from '../errors.js'
import { reasonOf, requireRegular } from './file-errors.js'
import { statFile } from './file-source.js'

const MOST_BYTES = 64 * 1024 * 1024

/**
 * A picture of any kind that data may be of, on a ground: white unless given.
 * @throws InputError where there is no file, no picture, a damaged one, or one far too large.
 */
export async function readPicture(path: string, ground: Colour = WHITE): Promise<Picture> {
  const { size } = await statFile(path)
  if (size > MOST_BYTES) failAt(path, `expected at most ${MOST_BYTES} bytes, got ${size}`)
  await requireRegular(path)
  const bytes = await readFile(path).catch((error: unknown) => failAt(path, reasonOf(error), error))
  return decodePicture(path, bytes, ground)
}
