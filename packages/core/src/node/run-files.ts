/**
 * The files of a directory held against the digests that were taken when they were written: those in a record of the files
 * beside it, those in a pointer of its checkpoint.
 */
import { createHash } from 'node:crypto'
import { closeSync, lstatSync, openSync, readFileSync, readSync } from 'node:fs'
import { basename, join } from 'node:path'
import * as z from 'zod/mini'
import { failAt } from '../errors.js'
import { pointedFiles } from './checkpoint-files.js'
import { runFiles } from './run-directory.js'

/** The state of a file: as it was written, written over since, not there, or of no known digest. */
export type FileState = 'whole' | 'changed' | 'missing' | 'unknown'

/** SHA-256 of files by name. */
export type FileDigests = Readonly<Record<string, string>>

const CHUNK = 1 << 20

const withFiles = z.object({ files: z.optional(z.record(z.string(), z.string())) })

/** SHA-256 of a file, read piece by piece. @throws the error of the file system */
function fileDigest(path: string): string {
  const descriptor = openSync(path, 'r')
  try {
    const hash = createHash('sha256')
    const bytes = new Uint8Array(CHUNK)
    for (let size = readSync(descriptor, bytes); size > 0; size = readSync(descriptor, bytes)) {
      hash.update(bytes.subarray(0, size))
    }
    return hash.digest('hex')
  } finally {
    closeSync(descriptor)
  }
}

/** The state of a file whose digest is known. A link, a directory or a device in its place is no file of ours. */
export function fileState(path: string, expected: string): Exclude<FileState, 'unknown'> {
  const found = lstatSync(path, { throwIfNoEntry: false })
  if (found === undefined) return 'missing'
  return found.isFile() && fileDigest(path) === expected ? 'whole' : 'changed'
}

/** Digests of files in the directory itself: a record that came from elsewhere may name any. */
function inPlace(files: FileDigests): [name: string, digest: string][] {
  return Object.entries(files).filter(([name]) => basename(name) === name && name !== '..')
}

/** Digests that the record in a directory holds; of one that cannot be read, the record itself is not what it was. */
function recordedFiles(directory: string): FileDigests {
  const path = join(directory, runFiles.record)
  if (lstatSync(path, { throwIfNoEntry: false })?.isFile() !== true) return {}
  try {
    return Object.fromEntries(inPlace(withFiles.parse(JSON.parse(readFileSync(path, 'utf8'))).files ?? {}))
  } catch {
    return { [runFiles.record]: '' }
  }
}

/** Digests of the files of a run in its directory, by name. Empty where there is none; '' is of no file: it is damaged. */
export async function digestsIn(directory: string): Promise<FileDigests> {
  return { ...(await pointedFiles(directory)), ...recordedFiles(directory) }
}

/** @throws InputError for a file beside a record that is not the one whose digest it holds; one may have been left out. */
export function requireUnchanged(directory: string, { files = {} }: { readonly files?: FileDigests }): void {
  for (const [name, expected] of inPlace(files)) {
    const path = join(directory, name)
    if (fileState(path, expected) !== 'changed') continue
    failAt(path, `damaged: its SHA-256 is not the one in ${runFiles.record}, ${expected}`)
  }
}
