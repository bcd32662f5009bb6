/** `isograd run`: trains an experiment's arms on backends and says whether the backends agree. */
import type { Command } from 'commander'
import type { ExitStatus } from '../errors/exit-status.js'
import { readTask } from '../input/experiment-file.js'
import { interruptible } from '../errors/interrupt.js'
import { runChainTask } from '../tasks/chain.js'
import { RunDirectory } from '../documents/run-directory.js'
import { progressFor } from '../terminal/progress-for.js'
import { readSettings, type RunOptions, type RunSettings } from '../input/run-settings.js'
import { runExperimentTask } from '../tasks/run.js'

const help = `
Backends: onnx, tfjs-wasm, tfjs-cpu, tfjs-node, reference, or the name or path of
an adapter package. tfjs-wasm:autograd and tfjs-cpu:autograd take the gradients of
TensorFlow.js. Without --backend: whichever of onnx and tfjs-wasm can be used.

With --out every finished run is written to <preset>-<arm>-<backend>-seed<seed>/
(record.json, weights.safetensors), all of them to runs.json, and charts of them to
report.html. Files of that name are replaced, each at once; others are left alone.

Examples:
  isograd run torch-mlp5
  isograd run torch-mlp5 --dataset digits --limit 2000 --epochs 2
  isograd run keras-13x10 --arm sigmoid --backend onnx,reference --precision float64
  isograd run experiment.yaml --out runs --json > runs.json
  isograd run torch-mlp5 --backend onnx,./my-adapter
  isograd run torch-mlp5 --out runs --checkpoint-every 500

Exit status:
  0 the backends agree, 1 they disagree, 2 wrong input, 3 a backend could not run,
  130 interrupted`

/** Declares the verb. */
export function declare(command: Command, finish: (status: ExitStatus) => void): void {
  command
    .argument('<experiment>', 'name of a preset, or a .json, .yaml or .yml file')
    .option('-b, --backend <names>', 'backends, separated by commas')
    .option('-a, --arm <names>', 'arms, separated by commas; all unless given')
    .option('--epochs <n>', 'train so many epochs')
    .option('--limit <n>', 'train on the first so many samples')
    .option('--batch-size <n>', 'samples in a batch')
    .option('--seed <n>', 'seed of initial weights, order and masks')
    .option('--precision <dtype>', 'float32 or float64')
    .option('--threads <n>', 'threads inside one operation')
    .option('--jobs <n>', 'trainings at once; auto, unless given: as many as there are cores for')
    .option('--dataset <name>', 'train on another data set; `isograd list` names them')
    .option('--data-dir <dir>', 'take the data set from files in this directory')
    .option('--out <dir>', 'write records and weights to this directory')
    .option('--tensorboard <dir>', 'write event files for TensorBoard, with histograms at the probed steps')
    .option('--probe-every <n>', 'probe gradients every so many steps, beside the first and the last')
    .option('--test-every <n>', 'evaluate the test set every so many steps too')
    .option('--log-every <n>', 'print the loss every so many steps, and a line for each epoch')
    .option('--validation <fraction>', 'hold back training samples and choose the best epoch on them')
    .option('--test-scale <scale>', 'test on pixels divided by 255 (unit) or as they are (raw)')
    .option('--checkpoint-every <n>', 'keep a checkpoint in --out every so many steps; see `isograd resume`')
    .option('--plain', 'tell of progress in lines, also on a terminal')
    .option('--quiet', 'print nothing but the closing summary and errors')
    .option('--json', 'print one JSON document instead of the report')
    .option('--ascii', 'draw with ASCII characters only')
    .addHelpText('after', help)
    .action(async (word: string, options: RunOptions) => {
      finish(await run(word, readSettings(options)))
    })
}

async function run(word: string, settings: RunSettings): Promise<ExitStatus> {
  const task = await readTask(word, settings.overrides)
  const progress = progressFor(settings)
  const directory = settings.out === undefined ? undefined : new RunDirectory(settings.out)
  const stopping = (): void => progress.note('stopping; press Ctrl-C again to exit at once')
  const exiting = (): void => {
    progress.clear()
    directory?.removeIfUnused()
  }
  try {
    return await interruptible({ stopping, exiting }, (signal) => {
      const work = { word, settings, progress, directory, signal }
      return task.kind === 'chain' ? runChainTask(task.chain, work) : runExperimentTask(task.experiment, work)
    })
  } finally {
    exiting()
  }
}
