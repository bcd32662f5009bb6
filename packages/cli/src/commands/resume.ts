/** `isograd resume`: goes on with a command or a run that was stopped, to the end that it would have come to. */
import { option, type SharedValues, type Verb, threadsOfTraining } from '../input/options.js'
import { readSettings } from '../input/run-settings.js'
import { resume } from '../tasks/resume.js'

interface ResumeOptions extends SharedValues {
  readonly asBegun?: boolean
}

const help = `
The directory is the one that --out of run or suite made: all that the command would
have made is made, finished runs are left as they are, half-done ones go on from their
last checkpoint (--checkpoint-every), the others are trained. Or it is that of one run,
which alone is finished then. Data, threads and backends are as they were; another
backend may take over, and of several --backend names as many, in their order. Modules
and backends in files have to be named again (--use, --backend). Where the experiment's
file has changed since, what changed is said and nothing is trained, unless --as-begun
is given. On the same backend and machine a run ends bit for bit where it would have
ended undisturbed. Where all is finished it says so.

Examples:
  isograd resume runs
  isograd resume runs/torch-mlp5-relu-onnx-seed0 --backend tfjs-wasm
  isograd resume runs --checkpoint-every 100

Exit status:
  0 all is finished and the backends agree, 1 they disagree, 2 wrong input,
  3 a backend could not run, 130 interrupted`

/** The verb. */
export const verb: Verb = {
  leavesFiles: true,
  arguments: { '<directory>': 'directory of a command or of a run' },
  options: [
    ['backend', 'go on with other backends, one for each'],
    threadsOfTraining,
    'timeout',
    'dataDir',
    'use',
    ['checkpointEvery', 'steps between checkpoints; as before unless given'],
    option('--as-begun', 'go on with the experiment as it was, though its file or preset has changed'),
    ['tensorboard', 'go on with event files for TensorBoard there'],
    'logEvery',
    'plain',
    'quiet',
    'json',
    'ascii',
  ],
  help,
  run: (directory: string, options: ResumeOptions) => {
    const { asBegun = false } = options
    return resume(directory, { asBegun, settings: readSettings({ ...options, out: directory }) })
  },
}
