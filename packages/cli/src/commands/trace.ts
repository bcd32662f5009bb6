/** `isograd trace`: writes training steps with all inputs and outputs, for other frameworks to repeat. */
import { docsPage } from '@isograd/core/text'
import { experimentArgument, from, names, output, option, quietProgress, type Verb } from '../input/options.js'
import { trace, type TraceOptions } from '../tasks/trace.js'

const help = `
The file holds, as tensors by name, the state before the first step, every batch with
the numbers of its samples, the optimizer's scalars, and the loss, the gradients and
the state after every step. How another framework
repeats the steps: ${docsPage('trace-format.md')}.
\`isograd check <experiment> --against FILE\` judges the trace that it writes.

Examples:
  isograd trace torch-mlp5 --arm relu --dataset digits --steps 5 \\
    --out trace.safetensors
  isograd check torch-mlp5 --dataset digits \\
    --against trace-from-elsewhere.safetensors

Exit status:
  0 written, 2 wrong input, 3 a backend failed`

/** The verb. */
export const verb: Verb = {
  arguments: { '<experiment>': experimentArgument },
  options: [
    { ...output('--out <file>', 'the file to write, in the safetensors format'), required: true },
    option('--steps <n>', 'training steps (default: "3")', from(1, 10_000)),
    option('-a, --arm <name>', 'the arm; needed where there are several', names),
    option('-b, --backend <name>', 'compute on this backend; the reference unless given', names),
    'timeout',
    'limit',
    'batchSize',
    'seed',
    'set',
    'precision',
    ['dataset', 'trace on another data set; `isograd list` names them'],
    'data',
    'dataDir',
    'use',
    quietProgress,
    ['json', 'print one JSON document of what was written'],
  ],
  help,
  run: (word: string, options: TraceOptions) => trace(word, options),
}
