/** Initial weights of an arm from the file that it names. */
import { readFile, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { FieldError, InputError } from '../errors.js'
import type { ArmSpec } from '../experiment/arm.js'
import type { StoredWeights } from '../model/initial-weights.js'
import { decodeWeights } from '../records/weights/index.js'
import { reasonOf } from './file-errors.js'

/**
 * The part of a plan's options that is read from a file: nothing for an arm without initial weights.
 * @param directory the directory that the path is relative to; the working directory unless given.
 * @throws FieldError when the file cannot be read or is of no known format.
 */
export async function loadInitialWeights(
  { initialWeights }: Pick<ArmSpec, 'initialWeights'>,
  directory = '.',
): Promise<{ readonly weights?: StoredWeights }> {
  if (initialWeights === undefined) return {}
  const { path } = initialWeights
  const fail = (reason: string, cause?: unknown): never => {
    throw new FieldError('initialWeights.path', `${path}: ${reason}`, {}, { cause })
  }
  const file = resolve(directory, path)
  const stats = await stat(file).catch((error: unknown) => fail(reasonOf(error), error))
  if (!stats.isFile()) fail(stats.isDirectory() ? 'expected a file, got a directory' : 'expected a regular file')
  const bytes = await readFile(file).catch((error: unknown) => fail(reasonOf(error), error))
  try {
    return { weights: await decodeWeights(bytes, path) }
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    return fail(error.message.replace(/^\[core\] /, ''), error)
  }
}
