/** Keeps the digests of files that a command wrote into the directory of another one: then they are of its files. */
import { existsSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { InputError } from '@isograd/core'
import { sha256 } from '@isograd/core/node'
import type { OutputFile } from '../disk/write-output.js'
import { messageOf } from '../errors/failure.js'
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

/** Keeps the digests of files that were written, where they lie in the directory of a command. @throws InputError */
export function sealOutputs(files: readonly OutputFile[]): void {
  for (const { path, content } of files) {
    const directory = commandDirectory(path)
    if (directory === undefined) continue
    const name = relative(directory, resolve(path)).split(sep).join('/')
    try {
      sealFiles(directory, { [name]: sha256(Buffer.from(content)) })
    } catch (error) {
      throw new InputError('isograd', `${directory}: cannot be written: ${messageOf(error)}`, { cause: error })
    }
  }
}
