/** Writes files that the user has named a place for; those in the directory of another command are of its files then. */
import { existsSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { InputError } from '@isograd/core'
import { removeParts, sha256, whileLocked } from '@isograd/core/node'
import { type OutputFile, writeOutputs } from '../disk/write-output.js'
import { messageOf } from '../errors/failure.js'
import { errorOutput } from '../errors/output.js'
import { PLAN_FILE, sealFiles } from './command-plan.js'

/** Levels below the directory of a command at which files of it may be: runs, and what is exported of one. */
const DEEPEST = 3

/** The directory of a command that a file lies in. */
function commandDirectory(path: string): string | undefined {
  let directory = dirname(resolve(path))
  for (let level = 0; level < DEEPEST; level++, directory = dirname(directory)) {
    if (existsSync(join(directory, PLAN_FILE))) return directory
  }
  return undefined
}

function sealInOrder(directory: string, digests: Parameters<typeof sealFiles>[1]): void {
  // An earlier one may have been killed between the two names of the plan.
  removeParts(directory)
  sealFiles(directory, digests)
}

async function seal({ path, content }: OutputFile): Promise<void> {
  const directory = commandDirectory(path)
  if (directory === undefined) return
  const name = relative(directory, resolve(path)).split(sep).join('/')
  const digests = { [name]: sha256(Buffer.from(content)) }
  try {
    if (await whileLocked(directory, () => sealInOrder(directory, digests))) return
    errorOutput.write(`note: ${directory} is in use: its ${PLAN_FILE} does not hold the digest of ${path}\n`)
  } catch (error) {
    throw new InputError('isograd', `${directory}: cannot be written: ${messageOf(error)}`, { cause: error })
  }
}

/** Writes whole files, all or none, and keeps the digests of those in the directory of a command. @throws as `writeOutputs` does. */
export async function writeSealed(option: string, files: readonly OutputFile[]): Promise<void> {
  writeOutputs(option, files)
  // oxlint-disable-next-line no-await-in-loop -- they change the same file
  for (const file of files) await seal(file)
}
