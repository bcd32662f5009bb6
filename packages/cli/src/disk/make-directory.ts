/**
 * Makes a directory with those above it, level by level: Node's own recursive `mkdir` never returns where the system
 * answers that a parent is missing although it is there, as /proc does.
 */
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { InputError } from '@isograd/core'

/** Makes `path` and whatever is missing above it; returns the outermost directory made. @throws NodeJS.ErrnoException */
export function makeDirectory(path: string): string | undefined {
  if (existsSync(path)) return undefined
  const parent = dirname(path)
  const outermost = parent === path ? undefined : makeDirectory(parent)
  try {
    mkdirSync(path)
  } catch (error) {
    removeEmpty(parent, outermost)
    throw error
  }
  return outermost ?? path
}

/** Removes `path` and the directories above it up to `outermost`, as far as they are empty. */
export function removeEmpty(path: string, outermost: string | undefined): void {
  if (outermost === undefined) return
  try {
    rmdirSync(path)
  } catch {
    return
  }
  if (path !== outermost) removeEmpty(dirname(path), outermost)
}

/** @throws InputError for a link: its name can be known beforehand, and planted to lead elsewhere. */
export function refuseLink(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return
  throw new InputError('isograd', `${path}: expected a directory, got a link; remove it, or name another place`)
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
