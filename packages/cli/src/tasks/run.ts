/** The task of training an experiment: arms on backends, shown while it goes on, written and printed at the end. */
import { resolve } from 'node:path'
import { type Experiment, selectArms, stringifyDocument } from '@isograd/core'
import type { WorkerPool } from '../backends/worker-pool.js'
import { environmentOf } from '../documents/environment.js'
import { RUNS_SCHEMA, type RunsDocument } from '../documents/runs-document.js'
import { writeReport } from '../documents/write-report.js'
import { type ExitStatus, exitStatus, statusOfRuns } from '../errors/exit-status.js'
import { Interruption } from '../errors/interrupt.js'
import type { Datasets } from '../input/datasets.js'
import { isPreset, nameOf, readExperiment } from '../input/experiment-file.js'
import { loadRegistry } from '../input/extensions.js'
import type { RunSettings } from '../input/run-settings.js'
import { EventLog } from '../tensorboard/event-log.js'
import { RunReporter } from '../terminal/run-reporter.js'
import { styleOf } from '../text/terminal-style.js'
import { RunPositions } from '../training/run-positions.js'
import { checkTask, trainAll } from '../training/train-all.js'
import { TrainingQueue } from '../training/training-queue.js'
import type { Checkpointing, RunListener, TrainingResult, TrainingTask } from '../training/training-task.js'
import { datasetsOf, progressListener, type RunContext, withRunContext, withWorkerPool } from './run-context.js'

/** Trains the chosen arms of a preset or a file. @throws Interruption, InputError, BackendError */
export async function run(word: string, settings: RunSettings): Promise<ExitStatus> {
  const whole = await readExperiment(word, settings.overrides, await loadRegistry(settings.use))
  return withRunContext(settings, (context) => {
    const experiment = settings.arms === undefined ? whole : selectArms(whole, settings.arms)
    const precisions = Object.values(experiment.arms).map(({ precision }) => precision)
    const checkpointing = checkpointingOf(word, context)
    return withWorkerPool(context, { precisions, trainings: precisions.length }, (pool) =>
      trainAndReport({ experiment, source: nameOf(word) }, context, pool, checkpointing),
    )
  })
}

async function trainAndReport(
  { experiment, source }: Pick<TrainingTask, 'experiment' | 'source'>,
  context: RunContext,
  pool: WorkerPool,
  checkpointing: Checkpointing | undefined,
): Promise<ExitStatus> {
  const { settings, progress, directory, signal } = context
  const datasets = datasetsOf(context, experiment.registry, {
    shared: pool.remote,
    directory: experiment.directory,
  })
  const reporter = settings.json ? undefined : reporterOf(experiment, settings, pool, datasets)
  const log = settings.tensorboard === undefined ? undefined : new EventLog(settings.tensorboard)
  const task: TrainingTask = {
    experiment,
    source,
    backends: pool.backends,
    datasets,
    directory,
    checkpointing,
    showsSample: reporter !== undefined && !settings.quiet,
    queue: new TrainingQueue(pool, signal, { waitsForScans: checkpointing !== undefined }),
    positions: new RunPositions(),
    nameOf: ({ armName, backend }) => `${armName} on ${backend.backend.name}`,
    listener: listenerOf(context, settings.quiet ? undefined : reporter, log),
  }
  const result = await train(task).finally(() => log?.close())
  const document = documentOf(result, pool)
  const text = stringifyDocument(document)
  directory?.saveDocument(text)
  const written =
    directory && (await writeReport(directory, { ...document, checks: [] }, (line) => progress.note(line)))
  if (reporter === undefined) process.stdout.write(text)
  reporter?.end(result.records, result.agreement, pool.jobs)
  if (written !== undefined) progress.note(written)
  return statusOf(result)
}

async function train(task: TrainingTask): Promise<TrainingResult> {
  try {
    return await trainAll(await checkTask(task))
  } catch (error) {
    throw error instanceof Interruption ? task.positions.describe(error, task.directory) : error
  }
}

function checkpointingOf(word: string, { settings, progress }: RunContext): Checkpointing | undefined {
  const { checkpointEvery: every, threads, dataDir, overrides } = settings
  if (every === undefined) return undefined
  const given = {
    ...(threads === undefined ? {} : { threads }),
    ...(dataDir === undefined ? {} : { dataDir: resolve(dataDir) }),
  }
  const experiment = { word: isPreset(word) ? word : resolve(word), overrides }
  return { settings: { ...given, every, cwd: process.cwd(), experiment }, note: (text) => progress.note(text) }
}

function reporterOf(experiment: Experiment, settings: RunSettings, pool: WorkerPool, datasets: Datasets): RunReporter {
  const style = styleOf(process.stdout, process.env, settings.ascii)
  const subject = { experiment, backends: pool.backends.map(({ backend }) => backend.name), datasets }
  return new RunReporter(style, subject, (text) => process.stdout.write(text))
}

/** Progress gives up its line before the report prints: they may share a terminal. */
function listenerOf(context: RunContext, reporter: RunReporter | undefined, log: EventLog | undefined): RunListener {
  const shown = progressListener(context)
  return {
    ...shown,
    event: (name, event) => {
      log?.event(name, event)
      shown.event(name, event)
    },
    armBegins: async (arm) => {
      context.progress.clear()
      await reporter?.armBegins(arm)
    },
    runEnds: (record, sample) => {
      shown.runEnds(record, sample)
      reporter?.runEnds(record, sample)
    },
    armEnds: (agreement, records) => reporter?.armEnds(agreement, records),
  }
}

function documentOf({ records: runs, agreement, failures }: TrainingResult, pool: WorkerPool): RunsDocument {
  const environment = { ...environmentOf(pool.backends), jobs: pool.jobs }
  return { schema: RUNS_SCHEMA, environment, runs, agreement, failures }
}

function statusOf({ records, agreement, failures }: TrainingResult): ExitStatus {
  if (failures.length > 0) return exitStatus.backend
  if (!agreement.every(({ ok }) => ok)) return exitStatus.disagreement
  return statusOfRuns(records)
}
