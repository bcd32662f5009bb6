/** `isograd describe`: says of an experiment what it will be before it is trained. */
import { experimentArgument, type SharedValues, type Verb } from '../input/options.js'
import { describe } from '../tasks/describe.js'

const help = `
The experiment is read and held against its data. Of each arm it tells the layers with
shapes and parameters, the memory of parameters, of the optimizer's state and of the data,
and the time that training takes on each backend, by a second of it; nothing is written.

Examples:
  isograd describe torch-mlp5 --dataset digits
  isograd describe experiment.yaml --backend onnx --set batchSize=64
  isograd describe experiment.yaml --json

Exit status:
  0 it can be trained, 2 wrong input, 3 a backend could not run`

/** The verb. */
export const verb: Verb = {
  arguments: { '<experiment>': experimentArgument },
  options: ['backend', 'arm', 'set', 'precision', 'threads', 'dataset', 'data', 'dataDir', 'use', 'json', 'ascii'],
  help,
  run: (word: string, options: SharedValues) => describe(word, options),
}
