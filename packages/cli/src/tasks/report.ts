/** The task of making a page of charts from records of runs. */
import { InputError } from '@isograd/core'
import { writeOutput } from '../disk/write-output.js'
import { readSources } from '../documents/find-sources.js'
import { type ExitStatus, exitStatus } from '../errors/exit-status.js'
import { assets } from '../page/assets.js'
import { renderPage } from '../page/page.js'

/** Writes the page of what the paths hold. @throws InputError */
export function report(paths: readonly string[], out: string): ExitStatus {
  if (out.trim() === '') throw new InputError('isograd', '--out: expected a file, got ""')
  writeOutput('--out', out, renderPage(readSources(paths), assets))
  process.stderr.write(`written to ${out}\n`)
  return exitStatus.ok
}
