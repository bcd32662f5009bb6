/** Writes files that the user has named a place for; those in the directory of another command are of its files then. */
import { existsSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { InputError } from '@isograd/core'
import { removeParts, runFiles, sha256, whileLocked } from '@isograd/core/node'
import { type OutputFile, writeOutputs } from '../disk/write-output.js'
import { messageOf } from '../errors/failure.js'
import { errorOutput } from '../errors/output.js'
import { PLAN_FILE, recordDigest, sealFiles } from './command-plan.js'
import { addDigests, DIGESTS_FILE } from './digests-file.js'

/** Levels below the directory of a command at which files of it may be: runs, and what is exported of one. */
const DEEPEST = 3

/** The directory of a command that a file lies in. */
function commandDirectory(path: string): string | undefined {
  let directory = dirname(resolve(path))
  for (let level = 0; level < DEEPEST; level++, directory = dirname(directory)) {
    if ([PLAN_FILE, DIGESTS_FILE].some((name) => existsSync(join(directory, name)))) return directory
  }
  return undefined
}

function sealInOrder(directory: string, digests: Parameters<typeof sealFiles>[1]): void {
  // An earlier one may have been killed between the two names of the plan.
  removeParts(directory)
  sealFiles(directory, digests)
}

async function seal(path: string, digest: string): Promise<void> {
  const directory = commandDirectory(path)
  if (directory === undefined) return
  const name = relative(directory, resolve(path)).split(sep).join('/')
  const digests = { [name]: digest }
  try {
    if (await whileLocked(directory, () => sealInOrder(directory, digests))) return
    errorOutput.write(`note: ${directory} is in use: it does not hold the digest of ${path}\n`)
  } catch (error) {
    throw new InputError('isograd', `${directory}: cannot be written: ${messageOf(error)}`, { cause: error })
  }
}

/** Writes whole files, all or none, and keeps the digests of those in the directory of a command. @throws as `writeOutputs` does. */
export async function writeSealed(option: string, files: readonly OutputFile[]): Promise<void> {
  writeOutputs(option, files)
  // oxlint-disable-next-line no-await-in-loop -- they change the same file
  for (const { path, content } of files) await seal(path, sha256(Buffer.from(content)))
}

/** Keeps the digest of the record of a run that was trained by itself: with the command around it, or else beside it. */
export async function sealRun(directory: string): Promise<void> {
  const digest = recordDigest(directory)
  const path = join(directory, runFiles.record)
  if (digest === undefined) return
  if (commandDirectory(path) === undefined) addDigests(directory, { [runFiles.record]: digest })
  else await seal(path, digest)
}
