/** The places that options name for files to be written: looked at before any work is done, which may take hours. */
import { accessSync, constants, lstatSync, type Stats, statSync } from 'node:fs'
import { dirname, normalize, resolve } from 'node:path'
import { InputError } from '@isograd/core'
import { reasonOf } from '@isograd/core/node'
import { realPath } from './within.js'

/** The kind of thing that is to be at a place. */
export type OutputKind = 'file' | 'directory'

function kindOf(found: Stats): string {
  if (found.isDirectory()) return 'a directory'
  if (found.isFile()) return 'a file'
  if (found.isFIFO()) return 'a pipe'
  return found.isSocket() ? 'a socket' : 'a device'
}

/** The kind of thing at a path; nothing can be below a file. */
function at(path: string, look: typeof statSync = statSync): Stats | undefined {
  try {
    return look(path, { throwIfNoEntry: false })
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOTDIR') return undefined
    throw error
  }
}

function isLink(path: string): boolean {
  return at(path, lstatSync)?.isSymbolicLink() === true
}

/** The problem with the directory in which something is to be made; those above it that are missing may be made too. */
function problemIn(directory: string, makesDirectories: boolean): string | undefined {
  const found = at(directory)
  if (found === undefined) {
    if (isLink(directory)) return `expected a directory, got a link to what is not there at ${directory}`
    const parent = dirname(directory)
    return makesDirectories && parent !== directory ? problemIn(parent, true) : `${directory} does not exist`
  }
  if (!found.isDirectory()) return `expected a directory, got ${kindOf(found)} at ${directory}`
  try {
    accessSync(directory, constants.W_OK)
  } catch {
    return 'no permission to write there'
  }
  return undefined
}

function problemAt(path: string, kind: OutputKind): string | undefined {
  const place = resolve(path)
  const found = at(place)
  if (found === undefined) return kind === 'directory' ? problemIn(place, true) : problemIn(dirname(place), false)
  const isMeant = kind === 'file' ? found.isFile() : found.isDirectory()
  if (!isMeant) return `expected a ${kind}, got ${kindOf(found)}`
  return problemIn(kind === 'file' ? dirname(place) : place, false)
}

/** A text that is one for all paths of one file, links among them; `isThere` is false for a file that is to be made. */
function identityOf(path: string): { readonly key: string; readonly isThere: boolean } {
  try {
    const { dev, ino } = statSync(path, { bigint: true })
    return { key: `${dev} ${ino}`, isThere: true }
  } catch {
    return { key: realPath(resolve(path)), isThere: false }
  }
}

/** The options that name places of this command's output, by the identity of the place. */
const taken = new Map<string, { readonly option: string; readonly path: string; readonly kind: OutputKind }>()

function refuseTaken(option: string, path: string, got: string): never {
  throw new InputError('isograd', `--${option}: ${path}: expected a file of its own, got ${got}; name another file`)
}

/** @throws InputError for a place that another option has named, unless both make directories there. */
function take(option: string, path: string, kind: OutputKind): void {
  const { key } = identityOf(path)
  const before = taken.get(key)
  const isShared = before === undefined || before.option === option || (before.kind === kind && kind === 'directory')
  if (!isShared) refuseTaken(option, path, `the place of --${before.option} too`)
  taken.set(key, { option, path, kind })
}

/** @throws InputError for a file to be read that this command would replace by its output. */
export function requireKept(path: string): void {
  const { key, isThere } = identityOf(path)
  const output = isThere ? taken.get(key) : undefined
  if (output?.kind === 'file') refuseTaken(output.option, output.path, `what is read from ${path}`)
}

/**
 * The path of a place, without detours over directories that need not be there: what is asked of the place, and what is
 * written, have to be of the same one. @throws InputError for a place at which no such thing can be written.
 */
export function requirePlace(option: string, path: string, kind: OutputKind): string {
  const refuse = (problem: string, cause?: unknown): never => {
    const cure = `name a ${kind} that can be written`
    throw new InputError('isograd', `--${option}: ${path}: cannot be written: ${problem}; ${cure}`, { cause })
  }
  if (path.trim() === '') throw new InputError('isograd', `--${option}: expected a ${kind}, got "${path}"`)
  try {
    const problem = problemAt(path, kind)
    if (problem !== undefined) refuse(problem)
    take(option, path, kind)
  } catch (error) {
    if (error instanceof InputError) throw error
    refuse(`it ${reasonOf(error)}`, error)
  }
  return path.includes('..') ? normalize(path) : path
}
