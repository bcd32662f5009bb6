/** `isograd merge`: joins the directories of a sweep that was trained in parts. */
import type { SharedValues, Verb } from '../input/options.js'
import { merge } from '../tasks/merge.js'

const help = `
The directories must be of one sweep; which shards of it they are may differ. A trial that
several have trained is compared: on machines of one kind it must be the same, bit for bit.

Examples:
  isograd merge part1 part2 part3 --out swept

Exit status:
  0 all trials are there, 1 one came out otherwise in another directory, 2 wrong input,
  3 a trial failed or is missing`

/** The verb. */
export const verb: Verb = {
  arguments: { '<directory...>': 'directories that `isograd sweep` has made' },
  options: [['out', 'write all results to this directory'], 'json', 'ascii'],
  help,
  run: (directories: readonly string[], options: SharedValues) => merge(directories, options),
}
