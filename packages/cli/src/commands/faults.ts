/** `isograd faults`: seeds every known fault into a backend, and sees that a check names it. A check of the check. */
import { names, option, type Verb } from '../input/options.js'
import { type FaultOptions, seedFaults } from '../tasks/faults.js'

const help = `
Each fault is put into a copy of the backend, which is then checked beside the backend
itself on a small network. The check must find it, name it rightly, and not blame the
healthy one.

Examples:
  isograd faults
  isograd faults --backend onnx
  isograd faults --only mask-reused,stale-weight

Exit status:
  0 all were found and named, 1 some were not, 2 wrong input, 3 the backend cannot be used`

/** The verb. */
export const verb: Verb = {
  options: [
    option('-b, --backend <name>', 'the backend that is made wrong (default: "reference")', names),
    option('--only <ids>', 'only these faults, separated by commas', names),
    ['json', 'print one JSON document instead of the table'],
    option('--markdown', 'print the table as Markdown'),
    'ascii',
  ],
  help,
  run: (options: FaultOptions) => seedFaults(options),
}
