/** The task of writing training steps for another framework to repeat. */
import {
  type CheckedArm,
  encodeSafetensors,
  type Experiment,
  InputError,
  sampleCount,
  selectArms,
  TrainingCase,
} from '@isograd/core'
import { makeTrace } from '@isograd/core/compare'
import { withBackends } from '../backends/choose-backends.js'
import { writeOutput } from '../disk/write-output.js'
import { type ExitStatus, exitStatus } from '../errors/exit-status.js'
import { Datasets } from '../input/datasets.js'
import { readExperiment } from '../input/experiment-file.js'
import type { SharedValues } from '../input/options.js'
import { readSettings } from '../input/run-settings.js'
import { withStatusLine } from '../terminal/status-line.js'

/** The options of a trace as they are read from the command line. */
export interface TraceOptions extends SharedValues {
  readonly steps?: number
  readonly out: string
}

const DEFAULT_STEPS = 3

/** The only arm there is, or that was asked for. */
function onlyArm(experiment: Experiment, arms: readonly string[] | undefined): [string, CheckedArm['arm']] {
  const chosen = arms === undefined ? experiment : selectArms(experiment, arms)
  const [only, ...others] = Object.entries(chosen.arms)
  if (only !== undefined && others.length === 0) return only
  const names = Object.keys(chosen.arms).join(', ')
  throw new InputError('isograd', `--arm: a trace is of one arm; name one of ${names}`)
}

/** The arm with its data: as many samples as the steps need, unless a limit is given. */
async function tracedArm([name, arm]: [string, CheckedArm['arm']], steps: number, datasets: Datasets) {
  const limit = arm.data.limit ?? steps * arm.batchSize
  const asked = { ...arm, data: { ...arm.data, limit, testLimit: arm.data.testLimit ?? 1 } }
  const dataset = await datasets.of(asked)
  const fitting = { ...asked.data, limit: Math.min(limit, sampleCount(dataset.train)) }
  return new TrainingCase(name, { ...asked, data: fitting }, dataset)
}

/** Writes the trace of a preset or a file. @throws Interruption, InputError, BackendError */
export async function trace(word: string, options: TraceOptions): Promise<ExitStatus> {
  const { steps = DEFAULT_STEPS, out, backend: names = ['reference'], ascii = false, dataDir } = options
  if (names.length > 1) throw new InputError('isograd', '--backend: expected one backend')
  const experiment = await readExperiment(word, readSettings(options).overrides)
  return withStatusLine(ascii, async (line, signal) => {
    const datasets = new Datasets({ dataDir, signal, onProgress: line.transfer })
    const traced = await tracedArm(onlyArm(experiment, options.arm), steps, datasets)
    const precisions = [traced.arm.precision]
    await withBackends({ names, options: {}, precisions, note: line.note }, async ([{ backend }]) => {
      const { tensors, metadata } = await makeTrace(traced, backend, steps)
      writeOutput('--out', out, encodeSafetensors(tensors, metadata))
    })
    line.note(`written to ${out}`)
    return exitStatus.ok
  })
}
