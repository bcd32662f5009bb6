/**
 * `digests.json`: the digests of files in a directory that `run` and `suite` have not made, as that of a check or of a sweep.
 * Where a `command.json` is, that has them.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { InputError, z } from '@isograd/core'
import { type FileDigests, type FileState, sealedState, sealedText, writeAtomically } from '@isograd/core/node'
import { readJson, readText } from '../disk/read-json.js'

const SCHEMA = 'isograd.digests/1'

/** Name of the file in a directory. */
export const DIGESTS_FILE = 'digests.json'

const digestsSchema = z.strictObject({
  schema: z.literal(SCHEMA),
  files: z.record(z.string(), z.string()),
  /** SHA-256 of the file without this field. */
  sha256: z.string(),
})

/** The digests in a file; undefined where it is damaged. */
function digestsAt(path: string): FileDigests | undefined {
  try {
    return sealedState(readText(path)) === 'whole' ? digestsSchema.parse(readJson(path)).files : undefined
  } catch {
    return undefined
  }
}

/** The digests in the file of a directory; none where it has no such file. @throws InputError where it is damaged. */
export function readDigests(directory: string): FileDigests {
  const path = join(directory, DIGESTS_FILE)
  const files = existsSync(path) ? digestsAt(path) : {}
  if (files !== undefined) return files
  throw new InputError('isograd', `${path}: it was not written by isograd, or has been changed; remove it`)
}

/** Adds digests to the file of a directory. @throws InputError where it is damaged; the error of the file system. */
export function addDigests(directory: string, files: FileDigests): void {
  const all = { ...readDigests(directory), ...files }
  writeAtomically(join(directory, DIGESTS_FILE), sealedText({ schema: SCHEMA, files: all }))
}

/** The state of the file of a directory, which holds its own digest. */
export function digestsState(directory: string): Exclude<FileState, 'missing'> {
  return digestsAt(join(directory, DIGESTS_FILE)) === undefined ? 'changed' : 'whole'
}
