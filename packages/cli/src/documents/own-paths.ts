/**
 * Paths in files that a later command reads, such as of the data of a run. A run may come from anyone, so a path in it is
 * followed only where it lies in the run itself or in the working directory, or where this user's own command line gave it:
 * such paths have a seal, an HMAC (RFC 2104) with a key that is kept beside downloads and never leaves there.
 */
import { createHmac, randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { type ArmSpec, InputError } from '@isograd/core'
import type { Dataset } from '@isograd/core/data'
import { cacheDirectory, makeDirectory } from '@isograd/core/node'
import { readBytes } from '../disk/regular-file.js'
import { isWithin } from '../disk/within.js'

const KEY_FILE = 'paths.key'
const KEY_BYTES = 32

function readKey(path: string): Buffer | undefined {
  const key = readBytes(path)
  return key.length === KEY_BYTES ? key : undefined
}

/** The key of this user, made at its first use; undefined where none can be kept: then nothing has a seal. */
function ownKey(): Buffer | undefined {
  const path = join(cacheDirectory(), KEY_FILE)
  try {
    return readKey(path)
  } catch {
    try {
      makeDirectory(dirname(path))
      writeFileSync(path, randomBytes(KEY_BYTES), { flag: 'wx', mode: 0o600 })
      return readKey(path)
    } catch {
      return undefined
    }
  }
}

function sealOf(key: Buffer, path: string): string {
  return createHmac('sha256', key).update(resolve(path)).digest('hex')
}

/** The seals of paths that the command line gave. */
export function sealsOf(paths: readonly string[]): readonly string[] {
  const key = ownKey()
  return key === undefined ? [] : [...new Set(paths.map((path) => sealOf(key, path)))].toSorted()
}

/** The place that paths were read from, and the seals in it. */
export interface ReadFrom {
  readonly directory: string
  readonly seals?: readonly string[]
}

/** True for a path that may be followed. */
export function isOwn(path: string, { directory, seals = [] }: ReadFrom): boolean {
  if (isWithin(path, directory) || isWithin(path, '.')) return true
  const key = seals.length === 0 ? undefined : ownKey()
  return key !== undefined && seals.includes(sealOf(key, path))
}

/** @throws InputError for a path that may not be followed. @param cure what to do where it is trusted. */
export function requireOwn(paths: readonly string[], from: ReadFrom, cure: (path: string) => string): void {
  const path = paths.find((each) => !isOwn(each, from))
  if (path === undefined) return
  const why = 'which is outside of it and of the working directory, and is not opened because a file says so'
  throw new InputError('isograd', `${from.directory}: it names ${path}, ${why}; where you trust it, ${cure(path)}`)
}

/** The files of data that an arm names, from a directory; `found` is where a run has found them. */
export function dataPathsOf({ data }: ArmSpec, directory = '.', found: Dataset['path'] = data.path): string[] {
  const paths = found === undefined ? [] : typeof found === 'string' ? [found] : Object.values(found)
  return paths.map((path) => resolve(directory, path))
}

/** The file of weights that an arm names, from a directory. */
export function weightPathsOf({ initialWeights }: ArmSpec, directory = '.'): string[] {
  return initialWeights === undefined ? [] : [resolve(directory, initialWeights.path)]
}
