/** `isograd files`: tells of each file of a run whether it is as it was written. */
import type { SharedValues, Verb } from '../input/options.js'
import { files } from '../tasks/files.js'

const help = `
whole    its SHA-256 is the one that was taken when it was written
changed  it is not: the file is damaged, was edited, or is that of another run
missing  it was written and is no longer there
unknown  nothing was kept to hold it against: isograd did not write it, or it is
         a file of a training that has not ended, or an event file for
         TensorBoard

The digests of a run's files are in its record, those of records, documents, exports,
pages and traces in the command.json of the directory around them, or in the
digests.json of a check or a sweep. Both hold their own.

Examples:
  isograd files runs
  isograd files runs/torch-mlp5-relu-onnx-seed0 --json

Exit status:
  0 nothing is changed or missing, 1 something is, 2 wrong input`

/** The verb. */
export const verb: Verb = {
  arguments: { '<directory>': 'a directory that --out has made, or that of a run' },
  options: [['json', 'print one JSON document'], 'ascii'],
  help,
  run: (directory: string, options: SharedValues) => files(directory, options),
}
