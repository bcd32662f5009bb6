/** `isograd trace`: some training steps with everything that goes in and comes out, for other frameworks to repeat. */
import { resolve } from 'node:path'
import {
  encodeSafetensors,
  type Experiment,
  InputError,
  makeTrace,
  sampleCount,
  selectArms,
  TrainingCase,
} from '@isograd/core'
import type { Command } from 'commander'
import type { CheckedArm } from '@isograd/core'
import { type ExitStatus, exitStatus } from '../errors/exit-status.js'
import { messageOf } from '../errors/failure.js'
import { readTask } from '../input/experiment-file.js'
import { wholeNumber } from '../input/option-values.js'
import { interruptible } from '../errors/interrupt.js'
import { lookOf } from '../text/terminal-style.js'
import { progressOn } from '../terminal/progress.js'
import { writeAtomically } from '../disk/atomic-write.js'
import { chooseBackends } from '../backends/choose-backends.js'
import { Datasets } from '../input/datasets.js'
import { readSettings, type RunOptions, type RunSettings } from '../input/run-settings.js'

interface TraceOptions extends RunOptions {
  readonly steps: string
  readonly out: string
}

const help = `
The file holds, as tensors by name, the state before the first step, every batch with
the numbers of its samples, the optimizer's scalars, and the loss, the gradients and
the state after every step. docs/trace-format.md says how another framework repeats
the steps; \`isograd check <experiment> --against FILE\` judges the trace that it writes.

Examples:
  isograd trace torch-mlp5 --arm relu --dataset digits --steps 5 --out trace.safetensors
  isograd check torch-mlp5 --dataset digits --against trace-from-elsewhere.safetensors

Exit status:
  0 written, 2 wrong input, 3 a backend failed`

/** Declares the verb. */
export function declare(command: Command, finish: (status: ExitStatus) => void): void {
  command
    .argument('<experiment>', 'name of a preset, or a .json, .yaml or .yml file')
    .requiredOption('--out <file>', 'the file to write, in the safetensors format')
    .option('--steps <n>', 'training steps', '3')
    .option('-a, --arm <name>', 'the arm; needed where there are several')
    .option('-b, --backend <name>', 'compute on this backend; the reference unless given')
    .option('--limit <n>', 'train on the first so many samples')
    .option('--batch-size <n>', 'samples in a batch')
    .option('--seed <n>', 'seed of initial weights, order and masks')
    .option('--precision <dtype>', 'float32 or float64')
    .option('--dataset <name>', 'trace on another data set; `isograd list` names them')
    .option('--data-dir <dir>', 'take the data set from files in this directory')
    .addHelpText('after', help)
    .action(async (word: string, options: TraceOptions) => {
      finish(await trace(word, options, readSettings(options)))
    })
}

/** The only arm there is, or that was asked for. */
function onlyArm(experiment: Experiment, { arms }: RunSettings): Experiment {
  const chosen = arms === undefined ? experiment : selectArms(experiment, arms)
  const names = Object.keys(chosen.arms)
  if (names.length === 1) return chosen
  throw new InputError('isograd', `--arm: a trace is of one arm; name one of ${names.join(', ')}`)
}

/** The arm with its data: as many samples as the steps need, unless told otherwise. */
async function tracedArm(experiment: Experiment, steps: number, datasets: Datasets): Promise<CheckedArm> {
  const [first] = Object.entries(experiment.arms)
  if (first === undefined) throw new InputError('isograd', `${experiment.name} has no arm`)
  const [name, arm] = first
  const limit = arm.data.limit ?? steps * arm.batchSize
  const asked = { ...arm, data: { ...arm.data, limit, testLimit: arm.data.testLimit ?? 1 } }
  const dataset = await datasets.of(asked)
  const fitting = { ...asked.data, limit: Math.min(limit, sampleCount(dataset.train)) }
  return { name, arm: { ...asked, data: fitting }, dataset }
}

async function trace(word: string, options: TraceOptions, settings: RunSettings): Promise<ExitStatus> {
  const steps = wholeNumber('steps', options.steps, { least: 1, most: 10_000 })
  const task = await readTask(word, settings.overrides)
  if (task.kind === 'chain')
    throw new InputError('isograd', `${word}: a chain is not trained, so there is nothing to trace`)
  const progress = progressOn(process.stderr, lookOf(process.stderr, process.env, settings.ascii))
  const note = (text: string): void => progress.note(`note: ${text}`)
  return interruptible({ stopping: () => {}, exiting: () => progress.clear() }, async (signal) => {
    const datasets = new Datasets({
      dataDir: settings.dataDir,
      signal,
      onProgress: (transfer) => progress.transfer(transfer),
    })
    const { name, arm, dataset } = await tracedArm(onlyArm(task.experiment, settings), steps, datasets)
    const names = settings.backends ?? ['reference']
    const loaded = await chooseBackends({ names, options: {}, precisions: [arm.precision], note })
    try {
      const [chosen] = loaded
      if (chosen === undefined || loaded.length > 1) throw new InputError('isograd', '--backend: expected one backend')
      const { tensors, metadata } = await makeTrace(new TrainingCase(name, arm, dataset), chosen.backend, steps)
      write(options.out, encodeSafetensors(tensors, metadata))
    } finally {
      await Promise.all(loaded.map(({ backend }) => backend.dispose()))
      progress.clear()
    }
    process.stderr.write(`written to ${options.out}\n`)
    return exitStatus.ok
  })
}

function write(path: string, bytes: Uint8Array): void {
  try {
    writeAtomically(resolve(path), bytes)
  } catch (error) {
    throw new InputError('isograd', `--out: ${path}: cannot be written: ${messageOf(error)}`, { cause: error })
  }
}
