/** Failures of the file system in words, and the errors made of them. */
import { InputError } from '../errors.js'

/** The code of an error of the file system, such as `ENOENT`. */
export function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}

/** The reason for a code that has no words of its own. */
export function unreadable(error: unknown): string {
  return `cannot be read: ${error instanceof Error ? error.message : String(error)}`
}

/** @throws InputError about a file or directory. */
export function failAt(path: string, message: string, cause?: unknown): never {
  throw new InputError('core', `${path}: ${message}`, { cause })
}
