/** `isograd resume`: goes on with a run from its last checkpoint, to the end that it would have come to. */
import { names, option, type SharedValues, type Verb } from '../input/options.js'
import { readSettings } from '../input/run-settings.js'
import { resume } from '../tasks/resume.js'
import { InputError } from '@isograd/core'

interface ResumeOptions extends SharedValues {
  readonly asBegun?: boolean
}

function onlyBackend({ backend = [] }: ResumeOptions): string | undefined {
  if (backend.length < 2) return backend[0]
  throw new InputError('isograd', `--backend: a run goes on with one backend, got "${backend.join()}"`)
}

const help = `
The run is one that was started with --out and --checkpoint-every: its directory, or
the one around it where it is the only unfinished one there. It goes on with the
experiment, the data directory, the backend and the threads that it had; another
backend may take over. Modules that it was begun with have to be named again (--use).
Where the experiment's file has changed since, what changed is said and nothing is
trained, unless --as-begun is given. On the same backend and machine it ends bit for
bit where it would have ended undisturbed. Where all runs are finished it says so.

Examples:
  isograd resume runs/torch-mlp5-relu-onnx-seed0
  isograd resume runs/torch-mlp5-relu-onnx-seed0 --backend tfjs-wasm
  isograd resume runs --checkpoint-every 100

Exit status:
  0 the run is finished, 2 wrong input, 3 the backend could not run, 130 interrupted`

/** The verb. */
export const verb: Verb = {
  leavesFiles: true,
  arguments: { '<run>': 'directory of the run' },
  options: [
    option('-b, --backend <name>', 'go on with another backend', names),
    'threads',
    'dataDir',
    'use',
    ['checkpointEvery', 'steps between checkpoints; as before unless given'],
    option('--as-begun', 'go on with the experiment as it was, though its file or preset has changed'),
    'logEvery',
    'plain',
    'quiet',
    'json',
    'ascii',
  ],
  help,
  run: (directory: string, options: ResumeOptions) => {
    const { asBegun = false } = options
    const settings = readSettings({ ...options, out: directory })
    return resume(directory, { backend: onlyBackend(options), asBegun, settings })
  },
}
