/** Files that the user has named a place for. */
import { dirname, resolve } from 'node:path'
import { InputError } from '@isograd/core'
import { removeParts, writeAtomically } from '@isograd/core/node'
import { messageOf } from '../errors/failure.js'

/** Writes a whole file or none, and removes what killed processes have left beside it. @throws InputError that begins with `option`, which named the path. */
export function writeOutput(option: string, path: string, content: string | Uint8Array): void {
  try {
    const place = resolve(path)
    removeParts(dirname(place))
    writeAtomically(place, content)
  } catch (error) {
    throw new InputError('isograd', `${option}: ${path}: cannot be written: ${messageOf(error)}`, { cause: error })
  }
}
