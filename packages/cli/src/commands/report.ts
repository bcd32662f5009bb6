/** `isograd report`: makes the page of charts from records of runs, of one command or of several. */
import type { Command } from 'commander'
import type { ExitStatus } from '../errors/exit-status.js'
import { report } from '../tasks/report.js'

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
    .action((paths: readonly string[], { out }: { readonly out: string }) => {
      finish(report(paths, out))
    })
}
