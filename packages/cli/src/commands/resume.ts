/** `isograd resume`: goes on with a run from its last checkpoint, to the end that it would have come to. */
import { findCheckpointedRun, runsIn } from '@isograd/core/node'
import { InputError } from '@isograd/core'
import type { Command } from 'commander'
import { type ExitStatus, exitStatus } from '../errors/exit-status.js'
import { nameList } from '../input/option-values.js'
import { interruptible } from '../errors/interrupt.js'
import { progressFor } from '../terminal/progress-for.js'
import { resumeRun } from '../tasks/resume.js'
import { isBarelyBegun } from '../documents/run-store.js'
import { readSettings, type RunOptions } from '../input/run-settings.js'

const help = `
The run is one that was started with --out and --checkpoint-every: its directory, or
the one around it where it is the only unfinished one there. It goes on with the
experiment, the data directory, the backend and the threads that it had; another
backend may take over. Where the experiment's file has changed since, what changed is
said and nothing is trained, unless --as-begun is given. On the same backend and
machine it ends bit for bit where it would have ended undisturbed. Where all runs are
finished it says so.

Examples:
  isograd resume runs/torch-mlp5-relu-onnx-seed0
  isograd resume runs/torch-mlp5-relu-onnx-seed0 --backend tfjs-wasm
  isograd resume runs --checkpoint-every 100

Exit status:
  0 the run is finished, 2 wrong input, 3 the backend could not run, 130 interrupted`

interface ResumeOptions extends RunOptions {
  readonly asBegun?: boolean
}

/** Declares the verb. */
export function declare(command: Command, finish: (status: ExitStatus) => void): void {
  command
    .argument('<run>', 'directory of the run')
    .option('-b, --backend <name>', 'go on with another backend')
    .option('--threads <n>', 'threads inside one operation')
    .option('--data-dir <dir>', 'take the data set from files in this directory')
    .option('--checkpoint-every <n>', 'steps between checkpoints; as before unless given')
    .option('--as-begun', 'go on with the experiment as it was, though its file or preset has changed')
    .option('--log-every <n>', 'print the loss every so many steps, and a line for each epoch')
    .option('--plain', 'tell of progress in lines, also on a terminal')
    .option('--quiet', 'print nothing but the closing summary and errors')
    .option('--json', 'print one JSON document instead of the report')
    .option('--ascii', 'draw with ASCII characters only')
    .addHelpText('after', help)
    .action(async (directory: string, options: ResumeOptions) => {
      finish(await resume(directory, options))
    })
}

function oneBackend(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  const [name, ...others] = nameList('backend', text)
  if (others.length === 0) return name
  throw new InputError('isograd', `--backend: a run goes on with one backend, got "${text}"`)
}

/** Whether there is nothing left to do, in the directory of a run or in the one around several. */
async function isFinished(directory: string): Promise<boolean> {
  const { finished, unfinished } = await runsIn(directory)
  return finished.length > 0 && unfinished.length === 0
}

async function resume(directory: string, options: ResumeOptions): Promise<ExitStatus> {
  // Checkpoints go where the run is: there is no --out that could be missing.
  const settings = readSettings({ ...options, out: directory })
  const backend = oneBackend(options.backend)
  const progress = progressFor(settings)
  if (await isFinished(directory)) {
    progress.note(`${directory}: the run is finished; there is nothing to go on with`)
    return exitStatus.ok
  }
  if (await isBarelyBegun(directory)) {
    const cure = 'nothing was trained; begin it again as you began it'
    throw new InputError('isograd', `${directory}: the run was stopped before its first checkpoint: ${cure}`)
  }
  const path = await findCheckpointedRun(directory)
  const stopping = (): void => progress.note('stopping; press Ctrl-C again to exit at once')
  try {
    return await interruptible({ stopping, exiting: () => progress.clear() }, (signal) =>
      resumeRun({ path, backend, asBegun: options.asBegun === true, settings, progress, signal }),
    )
  } finally {
    progress.clear()
  }
}
