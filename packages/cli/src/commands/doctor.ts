/** `isograd doctor`: tries every backend on a small program, and says what to do about those that do not work. */
import { type SharedValues, type Verb } from '../input/options.js'
import { doctor } from '../tasks/doctor.js'

const help = `
Every backend compiles and runs a small program whose results are known. The exit
status is 0 if all of --backend can be used (wasm unless given), else 3.

Examples:
  isograd doctor
  isograd doctor --backend tfjs-node
  isograd doctor --backend ./my-adapter --json`

/** The verb. */
export const verb: Verb = {
  options: [
    ['backend', 'backends that must be usable, separated by commas; packages and paths too'],
    'threads',
    ['json', 'print one JSON document'],
    'ascii',
  ],
  help,
  run: (options: SharedValues) => doctor(options),
}
