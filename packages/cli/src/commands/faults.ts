/** `isograd faults`: seeds faults of known kinds into a backend, and sees that a check names them. A check of the check. */
import { from, names, option, quietVerdict, type Verb } from '../input/options.js'
import { type FaultOptions, seedFaults } from '../tasks/faults.js'

const help = `
Each fault is put into a copy of the backend, which is then checked beside the backend
itself on a small network. The check must find it, name it rightly, and not blame the
healthy one. A fault counts when it shows beside the rounding of a plain float32 loop.

A kind is planted at a place, a size and a moment that are drawn from the seed.

Examples:
  isograd faults
  isograd faults --backend onnx
  isograd faults --only mask-reused,stale-weight
  isograd faults --count 100 --seed 1000

Exit status:
  0 all that count were found and named, 1 some were not, 2 wrong input,
  3 the backend cannot be used`

/** The verb. */
export const verb: Verb = {
  options: [
    option('-b, --backend <name>', 'the backend that is made wrong (default: "reference")', names),
    option('--only <kinds>', 'only these kinds, separated by commas', names),
    option('--all', 'one fault of each kind; some of them unless given'),
    option('--count <n>', 'so many faults, each of a kind that is drawn', from(1, 100_000)),
    ['seed', 'seed of the first fault; each next one has the next seed'],
    option('--list', 'list the kinds, and seed none'),
    quietVerdict,
    ['json', 'print one JSON document instead of the table'],
    option('--markdown', 'print the table as Markdown'),
    'ascii',
  ],
  help,
  run: (options: FaultOptions) => seedFaults(options),
}
