/** `isograd check`: says whether backends agree, and if not, where. */
import { experimentArgument, from, option, output, quietVerdict, type Verb } from '../input/options.js'
import { check, type CheckOptions } from '../tasks/check.js'

const help = `
Modes, from the sharpest question to the bluntest:
  ops    every operation of a training step, on the inputs that the backend had,
         against float64 and a rigorous rounding bound
  step   from one state one step on each: loss, every gradient, the update
  run    free training, against what one unit in the last place does to it

Without --backend: wasm, onnx and tfjs-wasm, as far as they are there. Where wasm alone is,
native is the second opinion, or the reference where there is no C compiler.

Without --limit only as many samples are used as the steps need. A finding names
operation, layer, stage and step; where it is near its limit, also the smallest
tolerance under which it would have passed: --tolerance NAME=VALUE, as often as needed.

Examples:
  isograd check torch-mlp5 --dataset digits
  isograd check keras-13x10 --backend onnx,tfjs-wasm,tfjs-cpu --mode step \\
    --steps 10
  isograd check torch-mlp5 --mode run --steps 500 --seeds 5
  isograd check experiment.yaml --json > check.json
  isograd check keras-13x10 --steps 200 --out checked
  isograd check torch-mlp5 --against trace-from-elsewhere.safetensors
  isograd check torch-mlp5 --against runs/torch-mlp5-relu-onnx-seed0

Exit status:
  0 they agree, 1 they do not or it could not be told, 2 wrong input,
  3 a backend failed`

const steps = 'steps to look into (2 unless given) and to train freely (50 unless given)'

/** The verb. */
export const verb: Verb = {
  arguments: { '<experiment>': experimentArgument },
  options: [
    'backend',
    'mode',
    'arm',
    option('--steps <n>', steps, from(1, 1_000_000)),
    option('--seeds <n>', 'so many seeds, over which losses and finals are compared', from(1, 1000)),
    option('--until-decided', 'train more seeds where so few leave the verdict open'),
    'tolerance',
    ['out', 'write check.json and report.html, charts of it, to this directory'],
    option('--against <path>', 'judge a trace file, or train what a record trained and compare'),
    'timeout',
    'limit',
    'batchSize',
    'seed',
    'set',
    'precision',
    'threads',
    ['dataset', 'check on another data set; `isograd list` names them'],
    'data',
    'dataDir',
    'use',
    quietVerdict,
    'json',
    output('--junit <file>', 'write JUnit XML'),
    output('--markdown <file>', 'write Markdown'),
    option('--github', 'print annotations for a GitHub workflow, and add to its summary'),
    'ascii',
  ],
  elsewhere: { '--epochs [n]': 'A check trains steps: --steps <n>. The whole training is compared by isograd run.' },
  help,
  run: (word: string, options: CheckOptions) => check(word, options),
}
