/** JSON from files that others may have changed: read as values of unknown form. */
import { statSync } from 'node:fs'
import { InputError } from '@isograd/core'
import { utf8Text } from '@isograd/core/text'
import { messageOf } from '../errors/failure.js'
import { readBytes, requireRegular } from './regular-file.js'

/** An object of JSON whose fields are not known yet. */
export type Fields = Readonly<Record<string, unknown>>

/** True for an object that is no array. */
export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function fail(path: string, problem: string, cause: unknown): never {
  throw new InputError('isograd', `${path}: ${problem}: ${messageOf(cause)}`, { cause })
}

/** The bytes of a file. @throws InputError naming it. */
export function bytesOf(path: string): Uint8Array {
  try {
    return readBytes(path)
  } catch (error) {
    return fail(path, 'cannot be read', error)
  }
}

/** Documents of text that are larger were written by nothing of ours. */
const MOST_BYTES = 2 ** 28

/** The text of a file. @throws InputError naming it. */
export function readText(path: string): string {
  requireRegular(path)
  const refuse = (problem: string): never => {
    throw new InputError('isograd', `${path}: ${problem}`)
  }
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0
  if (size > MOST_BYTES) refuse(`expected at most ${MOST_BYTES} bytes, got ${size}`)
  return utf8Text(bytesOf(path), refuse)
}

/** The value in a file of JSON; `parse` reads the text where `JSON.parse` would lose something. @throws InputError naming it. */
export function readJson(path: string, parse: (text: string) => unknown = JSON.parse): unknown {
  const text = readText(path)
  try {
    return parse(text)
  } catch (error) {
    return fail(path, 'expected JSON', error)
  }
}
