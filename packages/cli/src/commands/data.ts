/** `isograd data inspect`: tells what is in a file of data, and what to write in an experiment. */
import { docsPage } from '@isograd/core/text'
import { option, type Verb } from '../input/options.js'
import { type DataOptions, inspect } from '../tasks/data.js'

const help = `
The path is a file or a directory in any format that isograd reads; see
${docsPage('data.md')}.
The block that is printed last can be pasted into an experiment file.

Examples:
  isograd data inspect houses.csv
  isograd data inspect houses.csv --target price --json
  isograd data inspect table.txt --format csv \\
    --option 'delimiter=;' --option decimal=,`

/** The verb. */
export const verb: Verb = {
  arguments: { '<action>': 'inspect', '<path>': 'a file or directory of data' },
  options: [
    option('--format <name>', 'name of its format; told by name and content unless given'),
    option('--target <column>', 'the column that is to be told from the others'),
    'option',
    'use',
    ['json', 'print one JSON document'],
    'ascii',
  ],
  help,
  run: (action: string, path: string, options: DataOptions) => inspect(action, path, options),
}
