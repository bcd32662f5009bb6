/**
 * The one way to whole files that users and other programs name or may have put there: a device, a pipe or a socket may
 * never end, or wait for a reader that never comes, and is refused before it is read or added to.
 */
import { appendFileSync, closeSync, constants, fstatSync, openSync, readFileSync, type Stats, statSync } from 'node:fs'
import { InputError } from '@isograd/core'

function refuseSpecial(path: string, stats: Stats | undefined): void {
  if (stats === undefined || stats.isFile() || stats.isDirectory()) return
  throw new InputError('isograd', `${path}: expected a regular file`)
}

/** @throws InputError for a device, a pipe or a socket, which may never end; what is not there is told of by its reader. */
export function requireRegular(path: string): void {
  refuseSpecial(path, statSync(path, { throwIfNoEntry: false }))
}

/** The bytes of a file. @throws InputError for a special file; the error of the file system. */
export function readBytes(path: string): Buffer {
  requireRegular(path)
  return readFileSync(path)
}

/** Adds text to a file, which is made where there is none. @throws InputError for a special file; the error of the file system. */
export function appendText(path: string, text: string | Uint8Array): void {
  requireRegular(path)
  appendFileSync(path, text)
}

/** Opens a file to be read and added to; not one that a link leads to. @throws as `readBytes` does. */
export function openToGoOn(path: string): number {
  const { O_RDWR, O_APPEND, O_NOFOLLOW, O_NONBLOCK } = constants
  const descriptor = openSync(path, O_RDWR | O_APPEND | O_NOFOLLOW | O_NONBLOCK)
  try {
    refuseSpecial(path, fstatSync(descriptor))
    return descriptor
  } catch (error) {
    closeSync(descriptor)
    throw error
  }
}
