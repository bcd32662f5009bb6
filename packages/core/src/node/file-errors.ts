/** Failures of the file system in words, and the errors made of them. */
import { existsSync, readdirSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { dirname, join, parse } from 'node:path'
import { failAt, InputError } from '../errors.js'
import { nearestFew } from '../nearest.js'
import { utf8Text } from '../text/utf8.js'
import { thrownText, visible } from '../text/visible.js'

/** The code of an error of the file system, such as `ENOENT`. */
export function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}

/** The reason for a code that has no words of its own. */
export function unreadable(error: unknown): string {
  return `cannot be read: ${thrownText(error)}`
}

/** Of a directory of more names none is looked for. */
const MOST_NAMES = 1000

function namesIn(directory: string): string[] {
  try {
    const names = readdirSync(directory)
    return names.length > MOST_NAMES ? [] : names
  } catch {
    return []
  }
}

/** The file or directory beside a path whose name is nearest, in words; empty where none is near. */
function besideText(path: string): string {
  const own = parse(path)
  const others = namesIn(dirname(path)).filter((name) => name !== own.base)
  // What files are called counts, and not what all of a kind end with.
  const stems = others.map((name) => parse(name).name)
  // One or two letters are near to nearly all that is as short.
  const [near] = own.name.length < 3 ? [own.name] : nearestFew(own.name, stems, 1, 3)
  const found = others.find((name) => parse(name).name === near && existsSync(join(own.dir, name)))
  return found === undefined ? '' : `; "${visible(found)}" lies beside it`
}

/** The reason that a path leads nowhere. @param what what was expected there. */
export function missingText(path: string, what = 'file or directory'): string {
  return `there is no such ${what}${besideText(path)}`
}

/** The path that an error of the file system is about; empty where it has none. */
export function pathOf(error: unknown): string {
  return error instanceof Error && 'path' in error ? String(error.path) : ''
}

/** The reason why a file or directory of the user's data cannot be read. */
export function reasonOf(error: unknown): string {
  const code = codeOf(error)
  if (code === 'ENOENT') return `does not exist${besideText(pathOf(error))}`
  if (code === 'EACCES') return 'cannot be read: no permission'
  if (code === 'ENOTDIR') return 'is not a directory'
  if (code === 'EISDIR') return 'expected a file, got a directory'
  return unreadable(error)
}

/** @throws InputError for a device, a pipe or a socket, which may never end; what is not there is told of by its reader. */
export async function requireRegular(path: string): Promise<void> {
  const stats = await stat(path).catch(() => undefined)
  if (stats !== undefined && !stats.isFile() && !stats.isDirectory()) failAt(path, 'expected a regular file')
}

/** The text of a file's bytes. @throws InputError where they are no UTF-8. */
export function textOf(path: string, bytes: Uint8Array): string {
  return utf8Text(bytes, (problem) => failAt(path, problem))
}

/** Reads the content of a file; what is wrong with the content is said of the file. */
export function readContent<T>(path: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof InputError) failAt(path, error.message.replace(/^\[core\] /, ''), error)
    throw error
  }
}
