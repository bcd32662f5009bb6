/**
 * Makes a directory with those above it, level by level: Node's own recursive `mkdir` never returns where the system
 * answers that a parent is missing although it is there, as /proc does.
 */
import { existsSync, mkdirSync, rmdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { codeOf } from './file-errors.js'

/** Makes `path` and whatever is missing above it; returns the outermost directory made. @throws NodeJS.ErrnoException */
export function makeDirectory(path: string): string | undefined {
  if (existsSync(path)) return undefined
  const parent = dirname(path)
  const outermost = parent === path ? undefined : makeDirectory(parent)
  try {
    mkdirSync(path)
  } catch (error) {
    // Another process was as quick.
    if (codeOf(error) === 'EEXIST' && existsSync(path)) return outermost
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
