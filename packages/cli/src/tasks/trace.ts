/** The task of writing training steps for another framework to repeat. */
import {
  type ArmSpec,
  encodeSafetensors,
  type Experiment,
  InputError,
  selectArms,
  type TrainingPlan,
} from '@isograd/core'
import { makeTrace } from '@isograd/core/compare'
import { withBackends } from '../backends/choose-backends.js'
import { writeSealed } from '../documents/write-sealed.js'
import { printWritten } from '../terminal/print-result.js'
import { type ExitStatus, exitStatus } from '../errors/exit-status.js'
import { Datasets } from '../input/datasets.js'
import { nameOf, readExperiment } from '../input/experiment-file.js'
import { loadRegistry } from '../input/extensions.js'
import { oneName } from '../input/option-values.js'
import type { SharedValues } from '../input/options.js'
import { dataOf, planArm, type PlannedExperiment } from '../input/plan-arm.js'
import { readSettings } from '../input/run-settings.js'
import { withStatusLine } from '../terminal/status-line.js'

/** The options of a trace as they are read from the command line. */
export interface TraceOptions extends SharedValues {
  readonly steps?: number
  readonly out: string
}

const DEFAULT_STEPS = 3

/** The only arm there is, or that was asked for. */
function onlyArm(experiment: Experiment, arms: readonly string[] | undefined): [string, ArmSpec] {
  const chosen = arms === undefined ? experiment : selectArms(experiment, arms)
  const [only, ...others] = Object.entries(chosen.arms)
  if (only !== undefined && others.length === 0) return only
  const names = Object.keys(chosen.arms).join(', ')
  throw new InputError('isograd', `--arm: a trace is of one arm; name one of ${names}`)
}

/**
 * Samples that a trace is of: as many as its steps need, in whole updates. A schedule goes by the length of the training, so it
 * takes all.
 */
function samplesOf({ data, batchSize, accumulate = 1, schedule }: ArmSpec, steps: number): number {
  if (data.limit !== undefined) return data.limit
  return schedule === undefined ? Math.ceil(steps / accumulate) * accumulate * batchSize : Number.POSITIVE_INFINITY
}

/** The plan of an arm on the samples of its trace. */
async function tracedPlan(
  planned: PlannedExperiment,
  [name, arm]: [string, ArmSpec],
  steps: number,
): Promise<TrainingPlan> {
  const limit = samplesOf(arm, steps)
  const data = { ...arm.data, testLimit: arm.data.testLimit ?? 1 }
  const asked = { ...arm, data: Number.isFinite(limit) ? { ...data, limit } : data }
  const { train } = (await dataOf(planned, asked)).splits
  const fitting = { ...asked, data: { ...asked.data, limit: Math.min(limit, train.count) } }
  return (await planArm(planned, name, fitting)).plan
}

/** Writes the trace of a preset or a file. @throws Interruption, InputError, BackendError */
export async function trace(word: string, options: TraceOptions): Promise<ExitStatus> {
  const { steps = DEFAULT_STEPS, out, use } = options
  const names = [oneName('backend', options.backend, 'reference')]
  const registry = await loadRegistry(use)
  const { overrides, dataDir } = readSettings(options)
  const experiment = await readExperiment(word, overrides, registry)
  return withStatusLine(options, async (line, signal) => {
    const datasets = new Datasets({
      registry,
      dataDir,
      directory: experiment.directory,
      signal,
      onProgress: line.transfer,
    })
    const planned = { experiment, source: nameOf(word), datasets }
    const plan = await tracedPlan(planned, onlyArm(experiment, options.arm), steps)
    const precisions = [plan.arm.precision]
    await withBackends(
      { names, options: {}, precisions, timeoutSeconds: options.timeout, note: line.note, signal },
      async ([{ backend }]) => {
        const { tensors, metadata } = await makeTrace(plan, backend, steps)
        const content = encodeSafetensors(tensors, metadata)
        await writeSealed('--out', [{ path: out, content }])
      },
    )
    line.clear()
    printWritten(options, out)
    return exitStatus.ok
  })
}
