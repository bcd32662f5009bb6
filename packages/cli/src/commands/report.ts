/** `isograd report`: makes the page of charts from records of runs, of one command or of several. */
import { resolve } from 'node:path'
import { InputError } from '@isograd/core'
import { renderReport } from '@isograd/report'
import type { Command } from 'commander'
import { readSources } from '../documents/find-sources.js'
import { type ExitStatus, exitStatus } from '../exit-status.js'
import { messageOf } from '../failure.js'
import { writeAtomically } from '../run/atomic-write.js'

const help = `
A run is a directory that --out has made, with all the runs that are in it now, the
directory of a single run, a runs.json, a record.json, or a check.json. Runs of one
experiment are shown together, wherever they were made.
The page is one file that opens from the disk and fetches nothing.

Examples:
  isograd report runs
  isograd report here/runs there/runs --out comparison.html

Exit status:
  0 written, 2 wrong input`

/** Declares the verb. */
export function declare(command: Command, finish: (status: ExitStatus) => void): void {
  command
    .argument('<run...>', 'directories or files of records')
    .option('--out <file>', 'where the page goes', 'report.html')
    .addHelpText('after', help)
    .action(async (paths: readonly string[], { out }: { readonly out: string }) => {
      finish(await report(paths, out))
    })
}

function write(path: string, page: string): void {
  try {
    writeAtomically(resolve(path), page)
  } catch (error) {
    throw new InputError('isograd', `--out: ${path}: cannot be written: ${messageOf(error)}`, { cause: error })
  }
}

async function report(paths: readonly string[], out: string): Promise<ExitStatus> {
  if (out.trim() === '') throw new InputError('isograd', '--out: expected a file, got ""')
  write(out, await renderReport(readSources(paths)))
  process.stderr.write(`written to ${out}\n`)
  return exitStatus.ok
}
