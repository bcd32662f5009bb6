/** The task of making a page of charts from records of runs. */
import { basename, dirname, resolve } from 'node:path'
import { InputError } from '@isograd/core'
import { sha256 } from '@isograd/core/node'
import { renderReport } from '@isograd/report'
import { writeOutput } from '../disk/write-output.js'
import { plannedFiles, sealFiles } from '../documents/command-plan.js'
import { readSources } from '../documents/find-sources.js'
import { type ExitStatus, exitStatus } from '../errors/exit-status.js'
import { messageOf } from '../errors/failure.js'
import { loadRegistry } from '../input/extensions.js'
import { errorOutput } from '../errors/output.js'

/** Writes the page of what the paths hold; `use` names modules that their records were made with. @throws InputError */
export async function report(
  paths: readonly string[],
  out: string,
  use: readonly string[] | undefined,
): Promise<ExitStatus> {
  if (out.trim() === '') throw new InputError('isograd', '--out: expected a file, got ""')
  const page = await renderReport(readSources(paths, await loadRegistry(use)))
  writeOutput('--out', out, page)
  sealPage(out, page)
  errorOutput.write(`written to ${out}\n`)
  return exitStatus.ok
}

/** A page in the directory of a command is one of its files. @throws InputError */
function sealPage(out: string, page: string): void {
  const [directory, name] = [dirname(resolve(out)), basename(out)]
  if (plannedFiles(directory)[name] === undefined) return
  try {
    sealFiles(directory, { [name]: sha256(Buffer.from(page)) })
  } catch (error) {
    throw new InputError('isograd', `${directory}: cannot be written: ${messageOf(error)}`, { cause: error })
  }
}
