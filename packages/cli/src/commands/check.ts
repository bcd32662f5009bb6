/** `isograd check`: do backends agree, and if not, where? */
import { checkChains, checkExperiment, type CheckReport, type FloatDType, InputError } from '@isograd/core'
import type { Command } from 'commander'
import type { LoadedBackend } from '../backends/load.js'
import { checkAgainstRecord, checkAgainstTrace, readAgainst } from '../checking/against.js'
import { checkedArms } from '../checking/checked-arms.js'
import { leaveCheck } from '../tasks/write-check.js'
import { publish, statusOf } from '../tasks/check-outputs.js'
import { type CheckOptions, type CheckSettings, readCheckSettings } from '../input/check-settings.js'
import { StageLine } from '../terminal/stage-line.js'
import { isWatched, runWatched, tellWatcher } from '../checking/watchdog.js'
import type { ExitStatus } from '../errors/exit-status.js'
import { readTask, type Task } from '../input/experiment-file.js'
import { interruptible } from '../errors/interrupt.js'
import { lookOf } from '../text/terminal-style.js'
import { type Progress, progressOn } from '../terminal/progress.js'
import { chooseBackends } from '../backends/choose-backends.js'
import { Datasets } from '../input/datasets.js'
import { RunDirectory } from '../documents/run-directory.js'

const help = `
Modes, from the sharpest question to the bluntest:
  ops    every operation of a training step, on the inputs that the backend had,
         against float64 and a rigorous rounding bound
  step   from one state one step on each: loss, every gradient, the update
  run    free training, against what one unit in the last place does to it

Without --limit only as many samples are used as the steps need. A finding names
operation, layer, stage and step, and the smallest tolerance under which it would
have passed: give it with --tolerance NAME=VALUE, as often as needed.

Examples:
  isograd check torch-mlp5 --dataset digits
  isograd check keras-13x10 --backend onnx,tfjs-wasm,tfjs-cpu --mode step --steps 10
  isograd check torch-mlp5 --mode run --steps 500 --seeds 5
  isograd check experiment.yaml --json > check.json
  isograd check keras-13x10 --steps 200 --out checked
  isograd check torch-mlp5 --against trace-from-elsewhere.safetensors
  isograd check torch-mlp5 --against runs/torch-mlp5-relu-onnx-seed0

Exit status:
  0 they agree, 1 they do not or it could not be told, 2 wrong input,
  3 a backend failed`

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value]
}

/** Declares the verb. */
export function declare(command: Command, finish: (status: ExitStatus) => void): void {
  command
    .argument('<experiment>', 'name of a preset, or a .json, .yaml or .yml file')
    .option('-b, --backend <names>', 'backends, separated by commas')
    .option('-m, --mode <mode>', 'ops, step, run or all', 'all')
    .option('-a, --arm <names>', 'arms, separated by commas; all unless given')
    .option('--steps <n>', 'steps to look into (2 unless given) and to train freely (50 unless given)')
    .option('--seeds <n>', 'seeds over which final accuracies are compared')
    .option('--tolerance <name=value>', 'another tolerance; may be given several times', collect)
    .option('--out <dir>', 'write check.json and report.html, charts of it, to this directory')
    .option('--against <path>', 'judge a trace file, or train what a record trained and compare')
    .option('--timeout <seconds>', 'longest time for one call of a backend')
    .option('--limit <n>', 'train on the first so many samples')
    .option('--batch-size <n>', 'samples in a batch')
    .option('--seed <n>', 'seed of initial weights, order and masks')
    .option('--precision <dtype>', 'float32 or float64')
    .option('--threads <n>', 'threads inside one operation')
    .option('--dataset <name>', 'check on another data set; `isograd list` names them')
    .option('--data-dir <dir>', 'take the data set from files in this directory')
    .option('--json', 'print one JSON document instead of the report')
    .option('--junit <file>', 'write JUnit XML')
    .option('--markdown <file>', 'write Markdown')
    .option('--github', 'print annotations for a GitHub workflow, and add to its summary')
    .option('--ascii', 'draw with ASCII characters only')
    .addHelpText('after', help)
    .action(async (word: string, options: CheckOptions) => {
      const settings = readCheckSettings(options)
      const { timeoutSeconds } = settings
      finish(
        timeoutSeconds === undefined || isWatched() ? await check(word, settings) : await runWatched(timeoutSeconds),
      )
    })
}

/** What a check works with. */
interface Surroundings {
  readonly settings: CheckSettings
  readonly progress: Progress
  readonly stage: StageLine
  readonly datasets: Datasets
  readonly directory: RunDirectory | undefined
  readonly signal: AbortSignal
}

async function check(word: string, settings: CheckSettings): Promise<ExitStatus> {
  const task = await readTask(word, settings.run.overrides)
  const look = lookOf(process.stderr, process.env, settings.run.ascii)
  const [progress, stage] = [progressOn(process.stderr, look), new StageLine(process.stderr, look)]
  const directory = settings.run.out === undefined ? undefined : new RunDirectory(settings.run.out)
  const clear = (): void => {
    stage.clear()
    progress.clear()
  }
  try {
    return await interruptible({ stopping: clear, exiting: clear }, (signal) => {
      const { dataDir } = settings.run
      const datasets = new Datasets({ dataDir, signal, onProgress: (transfer) => progress.transfer(transfer) })
      return checkTask(task, { settings, progress, stage, datasets, directory, signal })
    })
  } finally {
    clear()
    directory?.removeIfUnused()
  }
}

async function checkTask(task: Task, surroundings: Surroundings): Promise<ExitStatus> {
  const { settings, datasets } = surroundings
  const against = settings.against === undefined ? undefined : await readAgainst(settings.against)
  if (against !== undefined && task.kind === 'chain') {
    throw new InputError(
      'isograd',
      `--against: ${task.chain.name} is a chain, which is not trained: there is nothing to hold it against`,
    )
  }
  if (against?.kind === 'trace' && task.kind === 'experiment') {
    return finishWith(await checkAgainstTrace(against.path, task.experiment, settings, datasets), [], surroundings)
  }
  return withBackends(surroundings, precisionsOf(task), async (backends) => {
    const report =
      against?.kind === 'record' && task.kind === 'experiment'
        ? await checkAgainstRecord(against.path, task.experiment, settings, datasets, backends)
        : await checkAll(task, surroundings, backends)
    return finishWith(report, backends, surroundings)
  })
}

async function finishWith(
  report: CheckReport,
  backends: readonly LoadedBackend[],
  surroundings: Surroundings,
): Promise<ExitStatus> {
  const { settings, stage, progress, directory } = surroundings
  stage.clear()
  progress.clear()
  publish(report, settings, backends)
  if (directory !== undefined) await leaveCheck(directory, report, backends, (text) => progress.note(text))
  return statusOf(report)
}

function precisionsOf(task: Task): FloatDType[] {
  const arms = task.kind === 'chain' ? task.chain.arms : task.experiment.arms
  return Object.values(arms).map(({ precision }) => precision)
}

async function withBackends(
  { settings, progress }: Surroundings,
  precisions: readonly FloatDType[],
  use: (backends: readonly LoadedBackend[]) => Promise<ExitStatus>,
): Promise<ExitStatus> {
  const { backends: names, threads } = settings.run
  const options = threads === undefined ? {} : { threads }
  const note = (text: string): void => progress.note(`note: ${text}`)
  const backends = await chooseBackends({ names, options, precisions, note })
  try {
    return await use(backends)
  } finally {
    await Promise.all(backends.map(({ backend }) => backend.dispose()))
  }
}

async function checkAll(
  task: Task,
  { settings, stage, datasets, signal }: Surroundings,
  loaded: readonly LoadedBackend[],
): Promise<CheckReport> {
  const { modes, steps, seeds, tolerances, timeoutSeconds } = settings
  const backends = loaded.map(({ backend }) => backend)
  const limits = timeoutSeconds === undefined ? {} : { timeoutSeconds, onCall: tellWatcher }
  if (task.kind === 'chain') {
    const { name, arms } = task.chain
    return checkChains({ experiment: name, arms, backends, tolerances, ...limits })
  }
  const arms = await checkedArms(task.experiment, settings, datasets)
  return checkExperiment({
    experiment: task.experiment.name,
    arms,
    backends,
    modes,
    seeds,
    tolerances,
    signal,
    onStage: (text) => stage.show(text),
    ...(steps === undefined ? {} : { steps }),
    ...limits,
  })
}
