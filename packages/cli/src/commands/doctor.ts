/** `isograd doctor`: tries every backend on a small program, and says what to do about those that do not work. */
import { flag, quietProgress, type Verb } from '../input/options.js'
import { doctor, type DoctorOptions } from '../tasks/doctor.js'

const help = `
Every backend compiles and runs a small program whose results are known. With --test
each takes as many conformance cases as fit into ten seconds beside it, those for pages
in Chromium; without, they are named as not for Node. The exit status is 0 if all of --backend can be used (wasm unless given), else 3.

Examples:
  isograd doctor
  isograd doctor --backend tfjs-node
  isograd doctor --test
  isograd doctor --backend ./my-adapter --json`

/** The verb. */
export const verb: Verb = {
  options: [
    ['backend', 'backends that must be usable, separated by commas; packages and paths too'],
    'threads',
    flag('--test', 'ten seconds of conformance cases for each backend'),
    quietProgress,
    ['json', 'print one JSON document'],
    'ascii',
  ],
  help,
  run: (options: DoctorOptions) => doctor(options),
}
