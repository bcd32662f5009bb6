/** `isograd list`: lists what can be named on the command line; `doctor` says which backends work here. */
import type { SharedValues, Verb } from '../input/options.js'
import { list } from '../tasks/list.js'

const help = '\nExamples:\n  isograd list\n  isograd list --use ./mine.js\n  isograd list --json'

/** The verb. */
export const verb: Verb = {
  options: ['use', ['json', 'print one JSON document']],
  help,
  run: (options: SharedValues) => list(options),
}
