/** Files at places that are named. */
import { dirname, resolve } from 'node:path'
import { InputError } from '@isograd/core'
import { makeDirectory, removeParts, writeTogether } from '@isograd/core/node'
import { messageOf } from '../errors/failure.js'
import { tell } from '../errors/verbose.js'

/** A file and its place. */
export interface OutputFile {
  readonly path: string
  readonly content: string | Uint8Array
}

function directoriesOf(files: readonly OutputFile[]): Set<string> {
  return new Set(files.map(({ path }) => dirname(resolve(path))))
}

function write(option: string, files: readonly OutputFile[], prepare: (directory: string) => void): void {
  try {
    for (const directory of directoriesOf(files)) {
      prepare(directory)
      removeParts(directory)
    }
    writeTogether(files.map(({ path, content }) => ({ path: resolve(path), content })))
    for (const { path } of files) tell(`${path}: written`)
  } catch (error) {
    const reason = `${option}: ${files[0]?.path}: cannot be written: ${messageOf(error)}`
    throw new InputError('isograd', reason, { cause: error })
  }
}

/**
 * Writes whole files, all or none, in directories that are made where need be; what killed processes have left beside them
 * goes. @throws InputError that begins with `option`, which named the path.
 */
export function writeOutputs(option: string, files: readonly OutputFile[]): void {
  write(option, files, makeDirectory)
}

/**
 * Writes a whole file or none in a directory that is there; what killed processes have left beside it goes. @throws
 * InputError that begins with `option`, which named the path.
 */
export function writeOutput(option: string, path: string, content: string | Uint8Array): void {
  write(option, [{ path, content }], () => {})
}
