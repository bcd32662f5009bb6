/** `isograd run`: trains an experiment's arms on backends and says whether the backends agree. */
import { type Experiment, selectArms, stringifyRecord } from '@isograd/core'
import type { Command } from 'commander'
import type { LoadedBackend } from '../backends/load.js'
import { type ExitStatus, exitStatus } from '../exit-status.js'
import { readExperiment } from '../input/experiment-file.js'
import { interruptible } from '../interrupt.js'
import { lookOf } from '../look.js'
import { type Progress, progressOn } from '../progress.js'
import { RunReporter } from '../report/run-reporter.js'
import { chooseBackends } from '../run/choose-backends.js'
import { Datasets } from '../run/datasets.js'
import { RUNS_SCHEMA, type RunsDocument } from '../run/document.js'
import { environmentOf } from '../run/environment.js'
import { RunDirectory } from '../run/run-directory.js'
import { readSettings, type RunOptions, type RunSettings } from '../run/settings.js'
import { type RunListener, trainAll, type TrainingResult } from '../run/train-all.js'

const help = `
Backends: onnx, tfjs-wasm, tfjs-cpu, tfjs-node, reference, or the name or path of
an adapter package. Without --backend: whichever of onnx and tfjs-wasm can be used.

With --out every finished run is written to <preset>-<arm>-<backend>-seed<seed>/
(record.json, weights.safetensors) and all of them to runs.json. Files of that name
are replaced, each at once; others are left alone.

Examples:
  isograd run torch-mlp5
  isograd run torch-mlp5 --dataset digits --limit 2000 --epochs 2
  isograd run keras-13x10 --arm sigmoid --backend onnx,reference --precision float64
  isograd run experiment.yaml --out runs --json > runs.json
  isograd run torch-mlp5 --backend onnx,./my-adapter

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
    .option('--dataset <name>', 'train on another data set; `isograd list` names them')
    .option('--data-dir <dir>', 'take the data set from files in this directory')
    .option('--out <dir>', 'write records and weights to this directory')
    .option('--probe-every <n>', 'probe gradients every so many steps, beside the first and the last')
    .option('--json', 'print one JSON document instead of the report')
    .option('--ascii', 'draw with ASCII characters only')
    .addHelpText('after', help)
    .action(async (word: string, options: RunOptions) => {
      finish(await run(word, readSettings(options)))
    })
}

/** Everything a run needs that may fail before a step is trained, in the order in which it fails soonest. */
async function run(word: string, settings: RunSettings): Promise<ExitStatus> {
  const whole = await readExperiment(word, settings.overrides)
  const experiment = settings.arms === undefined ? whole : selectArms(whole, settings.arms)
  const progress = progressOn(process.stderr, lookOf(process.stderr, process.env, settings.ascii))
  const directory = settings.out === undefined ? undefined : new RunDirectory(settings.out)
  const stopping = (): void => progress.note('stopping; press Ctrl-C again to exit at once')
  try {
    return await interruptible({ stopping, exiting: () => progress.clear() }, (signal) =>
      withBackends({ settings, experiment, progress, directory, signal }),
    )
  } finally {
    progress.clear()
    directory?.removeIfUnused()
  }
}

interface Work {
  readonly settings: RunSettings
  readonly experiment: Experiment
  readonly progress: Progress
  readonly directory: RunDirectory | undefined
  readonly signal: AbortSignal
}

async function withBackends(work: Work): Promise<ExitStatus> {
  const { settings, experiment, progress } = work
  const backends = await chooseBackends({
    names: settings.backends,
    options: settings.threads === undefined ? {} : { threads: settings.threads },
    precisions: Object.values(experiment.arms).map(({ precision }) => precision),
    note: (text) => progress.note(`note: ${text}`),
  })
  try {
    return await trainAndReport(work, backends)
  } finally {
    await Promise.all(backends.map(({ backend }) => backend.dispose()))
  }
}

async function trainAndReport(work: Work, backends: readonly LoadedBackend[]): Promise<ExitStatus> {
  const { settings, experiment, progress, directory, signal } = work
  const datasets = new Datasets({
    dataDir: settings.dataDir,
    signal,
    onProgress: (transfer) => progress.transfer(transfer),
  })
  const reporter = settings.json ? undefined : reporterOf(work, backends, datasets)
  const listener = listenerOf(progress, reporter)
  const result = await trainAll({ experiment, backends, datasets, directory, signal, listener })
  const document = stringifyRecord(documentOf(result, backends))
  directory?.saveDocument(document)
  if (reporter === undefined) process.stdout.write(document)
  reporter?.end(result)
  if (directory !== undefined) progress.note(`written to ${directory.path}`)
  return statusOf(result)
}

function reporterOf({ settings, experiment }: Work, backends: readonly LoadedBackend[], datasets: Datasets) {
  const look = lookOf(process.stdout, process.env, settings.ascii)
  const subject = { experiment, backends: backends.map(({ backend }) => backend.name), datasets }
  return new RunReporter(look, subject, (text) => process.stdout.write(text))
}

function listenerOf(progress: Progress, reporter: RunReporter | undefined): RunListener {
  return {
    event: (event) => progress.event(event),
    armBegins: async (arm) => reporter?.armBegins(arm),
    runEnds: (record) => reporter?.runEnds(record),
    runFails: ({ arm, backend, message }) => progress.note(`error: ${arm} on ${backend}: ${message}`),
    armEnds: (agreement, records) => reporter?.armEnds(agreement, records),
  }
}

function documentOf(result: TrainingResult, backends: readonly LoadedBackend[]): RunsDocument {
  return {
    schema: RUNS_SCHEMA,
    environment: environmentOf(backends, process.argv.slice(2)),
    runs: result.records,
    agreement: result.agreement,
    failures: result.failures,
  }
}

function statusOf({ agreement, failures }: TrainingResult): ExitStatus {
  if (failures.length > 0) return exitStatus.backend
  return agreement.every(({ ok }) => ok) ? exitStatus.ok : exitStatus.disagreement
}
