/** The task of training an experiment: arms on backends, told while it goes on, written and printed at the end. */
import { resolve } from 'node:path'
import { type Experiment, selectArms, stringifyRecord } from '@isograd/core'
import { writeReport } from '../documents/write-report.js'
import { type ExitStatus, exitStatus } from '../exit-status.js'
import { isPreset } from '../input/experiment-file.js'
import { Interruption } from '../interrupt.js'
import { lookOf } from '../look.js'
import type { Progress } from '../progress.js'
import { RunReporter } from '../report/run-reporter.js'
import { EventLog } from '../tensorboard/event-log.js'
import type { Crew } from './crew.js'
import { Datasets } from './datasets.js'
import { RUNS_SCHEMA, type RunsDocument } from './document.js'
import { environmentOf } from './environment.js'
import {
  type Checkpointing,
  checkPlan,
  type RunListener,
  trainAll,
  type TrainingPlan,
  type TrainingResult,
} from './train-all.js'
import { TrainingQueue } from './training-queue.js'
import { Whereabouts } from './whereabouts.js'
import { type Work, withCrew } from './work.js'

/** Trains the chosen arms. @throws Interruption, InputError, BackendError */
export function runExperimentTask(whole: Experiment, work: Work): Promise<ExitStatus> {
  const { arms } = work.settings
  const experiment = arms === undefined ? whole : selectArms(whole, arms)
  const precisions = Object.values(experiment.arms).map(({ precision }) => precision)
  return withCrew(work, { precisions, trainings: precisions.length }, (crew) => trainAndReport(experiment, work, crew))
}

async function trainAndReport(experiment: Experiment, work: Work, crew: Crew): Promise<ExitStatus> {
  const { settings, progress, directory, signal } = work
  const { dataDir } = settings
  const onProgress = progress.transfer.bind(progress)
  const datasets = new Datasets({ dataDir, signal, shared: crew.remote, onProgress })
  const reporter = settings.json ? undefined : reporterOf(experiment, work, crew, datasets)
  const log = settings.tensorboard === undefined ? undefined : new EventLog(settings.tensorboard)
  const checkpointing = checkpointingOf(work)
  const plan: TrainingPlan = {
    experiment,
    backends: crew.backends,
    datasets,
    directory,
    checkpointing,
    showsSample: reporter !== undefined && !settings.quiet,
    queue: new TrainingQueue(crew, signal, { patient: checkpointing !== undefined }),
    whereabouts: new Whereabouts(),
    nameOf: ({ armName, backend }) => `${armName} on ${backend.backend.name}`,
    listener: listenerOf(progress, settings.quiet ? undefined : reporter, log),
  }
  const result = await trainPlan(plan).finally(() => log?.close())
  const document = documentOf(result, crew)
  const text = stringifyRecord(document)
  directory?.saveDocument(text)
  const written =
    directory && (await writeReport(directory, { ...document, checks: [] }, (line) => progress.note(line)))
  if (reporter === undefined) process.stdout.write(text)
  reporter?.end(result, crew.jobs)
  if (written !== undefined) progress.note(written)
  return statusOf(result)
}

async function trainPlan(plan: TrainingPlan): Promise<TrainingResult> {
  try {
    await checkPlan(plan)
    return await trainAll(plan)
  } catch (error) {
    throw error instanceof Interruption ? plan.whereabouts.tell(error, plan.directory) : error
  }
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

function reporterOf(experiment: Experiment, { settings }: Work, { backends }: Crew, datasets: Datasets): RunReporter {
  const look = lookOf(process.stdout, process.env, settings.ascii)
  const subject = { experiment, backends: backends.map(({ backend }) => backend.name), datasets }
  return new RunReporter(look, subject, (text) => process.stdout.write(text))
}

/** Progress gives up its line before the report prints: they may share a terminal. */
function listenerOf(progress: Progress, reporter: RunReporter | undefined, log: EventLog | undefined): RunListener {
  return {
    event: (run, event) => {
      log?.event(run, event)
      progress.event(run, event)
    },
    leaves: (run) => progress.leave(run),
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

function documentOf(result: TrainingResult, { backends, jobs }: Crew): RunsDocument {
  return {
    schema: RUNS_SCHEMA,
    environment: environmentOf(backends, process.argv.slice(2), jobs),
    runs: result.records,
    agreement: result.agreement,
    failures: result.failures,
  }
}

function statusOf({ agreement, failures }: TrainingResult): ExitStatus {
  if (failures.length > 0) return exitStatus.backend
  return agreement.every(({ ok }) => ok) ? exitStatus.ok : exitStatus.disagreement
}
