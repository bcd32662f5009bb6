/** `isograd run`: trains an experiment's arms on backends and says whether the backends agree. */
import { experimentArgument, type SharedValues, type Verb, threadsOfTraining } from '../input/options.js'
import { readSettings } from '../input/run-settings.js'
import { run } from '../tasks/run.js'

const help = `
Backends: wasm, native, onnx, onnx-web, tfjs-wasm, tfjs-cpu, tfjs-node, jaxjs-wasm,
reference, or the name or path of an adapter package; \`isograd list\` has their variants.
Without --backend: wasm, with onnx and tfjs-wasm where they are installed. chromium:wasm
is wasm in a page of an installed browser (chromium, chrome, edge, firefox).

With --out every finished run is written to <preset>-<arm>-<backend>-seed<seed>/
(record.json, weights.safetensors), all of them to runs.json, and charts of them to
report.html. Files of that name are replaced, each at once; others are left alone.

Examples:
  isograd run torch-mlp5
  isograd run torch-mlp5 --dataset digits --limit 2000 --epochs 2
  isograd run keras-13x10 --arm sigmoid --backend onnx,reference \\
    --precision float64
  isograd run experiment.yaml --out runs --json > runs.json
  isograd run torch-mlp5 --backend onnx,./my-adapter
  isograd run torch-mlp5 --backend wasm,chromium:wasm,chromium:tfjs-webgpu
  isograd run torch-mlp5 --out runs --checkpoint-every 500
  isograd run experiment.yaml --use ./mine.js

Exit status:
  0 no two backends disagree, 1 two do, 2 wrong input, 3 a backend could not run,
  4 a training diverged, 130 interrupted, 143 ended by SIGTERM`

/** The verb. */
export const verb: Verb = {
  arguments: { '<experiment>': experimentArgument },
  options: [
    'backend',
    'arm',
    'epochs',
    'limit',
    'batchSize',
    'seed',
    'seeds',
    'set',
    'precision',
    threadsOfTraining,
    'jobs',
    'timeout',
    'dataset',
    'data',
    'dataDir',
    'use',
    'out',
    'tensorboard',
    'probeEvery',
    'testEvery',
    'logEvery',
    'validation',
    'timeLimit',
    'checkpointEvery',
    'plain',
    'quiet',
    'json',
    'ascii',
  ],
  help,
  run: (word: string, options: SharedValues) => run(word, readSettings(options)),
}
