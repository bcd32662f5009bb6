/** `isograd compile`: prints what the built-in backends make of an experiment. */
import { experimentArgument, option, output, type Verb, word } from '../input/options.js'
import { type CompileOptions, compile, emissions, roles } from '../tasks/compile.js'

const help = `
loops  the loop nests, with the names of operations and layers
plan   the memory plan: where each value lies, and which loops need it
c      the C that native compiles, here for a processor of which nothing is known
wasm   the bytes of the WebAssembly module, written to the file of --out

The program is the training step of the first arm, or of the one that --arm names;
--role names another program. A published data set is not downloaded for it: code
depends on the shapes of data. With --data-dir it is read.

Examples:
  isograd compile softmax-linear --emit loops
  isograd compile torch-mlp5 --arm relu --emit c > step.c
  isograd compile torch-mlp5 --emit wasm --out step.wasm`

/** The verb. */
export const verb: Verb = {
  arguments: { '<experiment>': experimentArgument },
  options: [
    option('-e, --emit <what>', `${emissions.join(', ')} (default: "loops")`, word(...emissions)),
    option('--role <role>', `${roles.join(', ')}, evaluate:train, evaluate:test (default: "train")`),
    output('-o, --out <file>', 'file to write instead of the terminal'),
    'arm',
    'set',
    'batchSize',
    'precision',
    'dataset',
    'data',
    'dataDir',
    'use',
    ['json', 'print one JSON document of what --out has written'],
  ],
  help,
  run: (experiment: string, options: CompileOptions) => compile(experiment, options),
}
