/** Directories that the command makes: none behind a planted link, and none that cannot be written. */
import { type Dirent, existsSync, lstatSync, mkdtempSync, readdirSync, rmdirSync } from 'node:fs'
import { join } from 'node:path'
import { InputError } from '@isograd/core'
import { makeDirectory, reasonOf } from '@isograd/core/node'

/** @throws InputError for a link: its name can be known beforehand, and planted to lead elsewhere. */
export function refuseLink(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return
  throw new InputError('isograd', `${path}: expected a directory, got a link; remove it, or name another place`)
}

/** The ends of the names of files that the command writes. */
const FILE = /\.(json|jsonl|html|md|svg|safetensors)$/

function entriesOf(path: string): Dirent[] {
  try {
    return existsSync(path) ? readdirSync(path, { withFileTypes: true }) : []
  } catch (error) {
    throw new InputError('isograd', `${path}: expected a directory: ${reasonOf(error)}; name another place`, {
      cause: error,
    })
  }
}

/** @throws InputError for a directory in the place of a file, before the work whose result could not be written there. */
export function refuseDirectories(path: string): void {
  const entries = entriesOf(path)
  const found = entries.find((entry) => entry.isDirectory() && FILE.test(entry.name))
  if (found === undefined) return
  const cure = 'remove it, or name another place'
  throw new InputError('isograd', `${join(path, found.name)}: expected a file, got a directory; ${cure}`)
}

/** Makes a directory whose name the command has made up, unless it is there. @throws InputError for a link; NodeJS.ErrnoException */
export function makeOwnDirectory(path: string): void {
  refuseLink(path)
  makeDirectory(path)
}

const TRIED = /^\.isograd-[A-Za-z0-9]{6}$/

function removeQuietly(path: string): void {
  try {
    rmdirSync(path)
  } catch {
    // Another process may be removing it, or has something in it.
  }
}

/**
 * Proves that files can be made in a directory: permissions do not show every obstacle. What a process that was killed over
 * it has left goes. @throws NodeJS.ErrnoException
 */
export function tryDirectory(path: string): void {
  mkdtempSync(join(path, '.isograd-'))
  for (const name of readdirSync(path)) if (TRIED.test(name)) removeQuietly(join(path, name))
}
