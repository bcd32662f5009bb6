/** `isograd init`: writes a first experiment on data of the user's own. */
import { option, output, type Verb } from '../input/options.js'
import { init, type InitOptions } from '../tasks/init.js'

const help = `
The file trains as it stands: the task follows from the target's column, inputs are
standardised or one-hot, a fifth of the samples is held out unless the data have a test
set. On a terminal what is not given is asked for.

Examples:
  isograd init
  isograd init --data houses.csv --target price --out experiment.yaml
  isograd init --data table.csv --target y --option decimal=,`

/** The verb. */
export const verb: Verb = {
  options: [
    option('--data <path>', 'file or directory of your data'),
    option('--target <column>', 'the column to predict'),
    'option',
    output('--out <file>', 'the file to write, .yaml or .json (default: "experiment.yaml")'),
    'use',
    ['json', 'print one JSON document of what was written'],
  ],
  help,
  run: (options: InitOptions) => init(options),
}
