/** The task of training an experiment: arms on backends, told while it goes on, written and printed at the end. */
import { resolve } from 'node:path'
import { type Experiment, selectArms, stringifyRecord } from '@isograd/core'
import type { LoadedBackend } from '../backends/load.js'
import { type ExitStatus, exitStatus } from '../exit-status.js'
import { isPreset } from '../input/experiment-file.js'
import { lookOf } from '../look.js'
import { leavePage } from '../page/leave-page.js'
import type { Progress } from '../progress.js'
import { RunReporter } from '../report/run-reporter.js'
import { EventLog } from '../tensorboard/event-log.js'
import { Datasets } from './datasets.js'
import { RUNS_SCHEMA, type RunsDocument } from './document.js'
import { environmentOf } from './environment.js'
import { type Checkpointing, type RunListener, trainAll, type TrainingResult } from './train-all.js'
import { type Work, withBackends } from './work.js'

/** Trains the chosen arms. @throws Interruption, InputError, BackendError */
export function runExperimentTask(whole: Experiment, work: Work): Promise<ExitStatus> {
  const { arms } = work.settings
  const experiment = arms === undefined ? whole : selectArms(whole, arms)
  const precisions = Object.values(experiment.arms).map(({ precision }) => precision)
  return withBackends(work, precisions, (backends) => trainAndReport(experiment, work, backends))
}

async function trainAndReport(
  experiment: Experiment,
  work: Work,
  backends: readonly LoadedBackend[],
): Promise<ExitStatus> {
  const { settings, progress, directory, signal } = work
  const { dataDir } = settings
  const datasets = new Datasets({ dataDir, signal, onProgress: (transfer) => progress.transfer(transfer) })
  const reporter = settings.json ? undefined : reporterOf(experiment, work, backends, datasets)
  const log = settings.tensorboard === undefined ? undefined : new EventLog(settings.tensorboard)
  const listener = listenerOf(progress, settings.quiet ? undefined : reporter, log)
  const checkpointing = checkpointingOf(work)
  const showsSample = reporter !== undefined && !settings.quiet
  const plan = { experiment, backends, datasets, directory, checkpointing, showsSample, signal, listener }
  const result = await trainAll(plan).finally(() => log?.close())
  const document = documentOf(result, backends)
  const text = stringifyRecord(document)
  directory?.saveDocument(text)
  if (directory !== undefined) await leavePage(directory, document, (line) => progress.note(line))
  if (reporter === undefined) process.stdout.write(text)
  reporter?.end(result)
  if (directory !== undefined) progress.note(`written to ${directory.path}`)
  return statusOf(result)
}

function checkpointingOf({ word, settings, progress }: Work): Checkpointing | undefined {
  const { checkpointEvery: every, threads, dataDir, overrides } = settings
  if (every === undefined) return undefined
  const given = {
    ...(threads === undefined ? {} : { threads }),
    ...(dataDir === undefined ? {} : { dataDir: resolve(dataDir) }),
  }
  const experiment = { word: isPreset(word) ? word : resolve(word), overrides }
  return { settings: { ...given, every, cwd: process.cwd(), experiment }, note: (text) => progress.note(text) }
}

function reporterOf(
  experiment: Experiment,
  { settings }: Work,
  backends: readonly LoadedBackend[],
  datasets: Datasets,
): RunReporter {
  const look = lookOf(process.stdout, process.env, settings.ascii)
  const subject = { experiment, backends: backends.map(({ backend }) => backend.name), datasets }
  return new RunReporter(look, subject, (text) => process.stdout.write(text))
}

/** Progress gives up its line before the report prints: they may share a terminal. */
function listenerOf(progress: Progress, reporter: RunReporter | undefined, log: EventLog | undefined): RunListener {
  return {
    event: (event) => {
      log?.event(event)
      progress.event(event)
    },
    armBegins: async (arm) => {
      progress.clear()
      await reporter?.armBegins(arm)
    },
    runEnds: (record, sample) => {
      progress.clear()
      reporter?.runEnds(record, sample)
    },
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
