/** `isograd suite`: all presets, each arm held against what is published of it. */
import { findPreset } from '@isograd/core'
import type { Command } from 'commander'
import { type ExitStatus } from '../errors/exit-status.js'
import { nameList, wholeNumber } from '../input/option-values.js'
import { interruptible } from '../errors/interrupt.js'
import { progressFor } from '../terminal/progress-for.js'
import { RunDirectory } from '../documents/run-directory.js'
import { readSettings, type RunOptions, type RunSettings } from '../input/run-settings.js'
import { allPresets, runSuite } from '../tasks/suite.js'

interface SuiteOptions extends RunOptions {
  readonly preset?: string
  readonly seeds?: string
}

const DEFAULT_BACKEND = 'onnx'
const MOST_SEEDS = 1000

const help = `
Every arm is trained with the seeds 0, 1, ... and its mean test accuracy held against
what is published of it. An arm that is cut short with --epochs or --limit, or trained
on other data, is not judged. Beside each arm stands how far its gradients vanish:
norms of the first and the last layer, decades lost a layer, and the largest shares of
dead relu units and of saturated sigmoid or tanh outputs of any layer after training.

Without --backend: ${DEFAULT_BACKEND}. With --out every run is written as by \`isograd run\`, and all
verdicts to suite.json.

Examples:
  isograd suite
  isograd suite --preset keras-13x10,cures --seeds 3
  isograd suite --backend onnx,tfjs-wasm --out suite --json > suite.json
  isograd suite --dataset digits --limit 2000 --epochs 1

Exit status:
  0 no judged arm misses what is published, 1 one does, 2 wrong input, 3 a backend
  could not run, 130 interrupted`

/** Declares the verb. */
export function declare(command: Command, finish: (status: ExitStatus) => void): void {
  command
    .option('-p, --preset <names>', 'presets, separated by commas; all unless given')
    .option('-b, --backend <names>', `backends, separated by commas; ${DEFAULT_BACKEND} unless given`)
    .option('--seeds <n>', 'train each arm with so many seeds; 1 unless given')
    .option('--epochs <n>', 'train so many epochs; nothing is judged then')
    .option('--limit <n>', 'train on the first so many samples; nothing is judged then')
    .option('--precision <dtype>', 'float32 or float64')
    .option('--threads <n>', 'threads inside one operation')
    .option('--jobs <n>', 'trainings at once; auto, unless given: as many as there are cores for')
    .option('--dataset <name>', 'train on another data set; nothing is judged then')
    .option('--data-dir <dir>', 'take the data set from files in this directory')
    .option('--out <dir>', 'write records, weights and verdicts to this directory')
    .option('--plain', 'tell of progress in lines, also on a terminal')
    .option('--quiet', 'print nothing but the closing summary and errors')
    .option('--json', 'print one JSON document instead of the report')
    .option('--ascii', 'draw with ASCII characters only')
    .addHelpText('after', help)
    .action(async (options: SuiteOptions) => {
      finish(await suite(options))
    })
}

async function suite(options: SuiteOptions): Promise<ExitStatus> {
  const names = options.preset === undefined ? allPresets() : nameList('preset', options.preset)
  for (const name of names) findPreset(name)
  const seeds = wholeNumber('seeds', options.seeds ?? '1', { least: 1, most: MOST_SEEDS })
  const given = readSettings(options)
  const settings: RunSettings = { ...given, backends: given.backends ?? [DEFAULT_BACKEND] }
  const progress = progressFor(settings)
  const directory = settings.out === undefined ? undefined : new RunDirectory(settings.out)
  const stopping = (): void => progress.note('stopping; press Ctrl-C again to exit at once')
  try {
    return await interruptible({ stopping, exiting: () => progress.clear() }, (signal) =>
      runSuite({ presets: names, seeds, settings, progress, directory, signal }),
    )
  } finally {
    progress.clear()
    directory?.removeIfUnused()
  }
}
