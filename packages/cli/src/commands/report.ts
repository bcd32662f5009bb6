/** `isograd report`: makes the page of charts from records of runs, of one command or of several. */
import { output, type SharedValues, type Verb } from '../input/options.js'
import { report } from '../tasks/report.js'

const help = `
A run is a directory that --out has made, with all the runs that are in it now, the
directory of a single run, a runs.json, a record.json, or a check.json; or it is the
directory of a sweep. Runs of one experiment are shown together, wherever they were made.
Where their settings differ they are not compared, and what differs is named.
The page is one file that opens from the disk and fetches nothing.

Examples:
  isograd report runs
  isograd report here/runs there/runs --out comparison.html
  isograd report swept --out sweep.html

Exit status:
  0 written, 2 wrong input`

/** The verb. */
export const verb: Verb = {
  arguments: { '<run...>': 'directories or files of records, directories of sweeps' },
  options: [output('--out <file>', 'where the page goes (default: "report.html")'), 'use', 'json'],
  help,
  run: (paths: readonly string[], options: SharedValues) => report(paths, options),
}
