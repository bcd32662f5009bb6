/** The task of going on with a run: its directory is locked, the checkpoint compared with the data, the rest trained. */
import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import {
  type Checkpoint,
  checkResume,
  InputError,
  type Journal,
  planFor,
  type Registry,
  type RunEvent,
  stringifyDocument,
} from '@isograd/core'
import { differences, formatPath, nonFinitePlaceText } from '@isograd/core/compare'
import { findCheckpointedRun, readFinishedRun, runsIn } from '@isograd/core/node'
import { withBackends } from '../backends/choose-backends.js'
import type { LoadedBackend } from '../backends/load.js'
import { environmentOf } from '../documents/environment.js'
import type { ResumeSettings } from '../documents/resume-settings.js'
import { writeRun } from '../documents/run-directory.js'
import { hasNoCheckpointYet, RunStore } from '../documents/run-store.js'
import { RUNS_SCHEMA, type RunsDocument } from '../documents/runs-document.js'
import { type ExitStatus, exitStatus, statusOfRuns } from '../errors/exit-status.js'
import { messageOf } from '../errors/failure.js'
import { Interruption } from '../errors/interrupt.js'
import type { Datasets } from '../input/datasets.js'
import { isPreset, readExperiment } from '../input/experiment-file.js'
import { loadRegistry } from '../input/extensions.js'
import type { PlannedArm } from '../input/plan-arm.js'
import type { RunSettings } from '../input/run-settings.js'
import { RunReporter } from '../terminal/run-reporter.js'
import { styleOf } from '../text/terminal-style.js'
import { predictDrawn } from '../training/shown-sample.js'
import { trainRun } from '../training/train-run.js'
import { datasetsOf, type RunContext, withRunContext } from './run-context.js'

/** The settings of a resumed run. */
export interface ResumeOptions {
  /** Undefined: the backend that the run had. */
  readonly backend: string | undefined
  /** Goes on with the experiment as it was, though its file or preset has changed. */
  readonly asBegun: boolean
  readonly settings: RunSettings
}

interface ResumeContext extends RunContext {
  /** The directory of the run. */
  readonly path: string
  readonly registry: Registry
  readonly options: ResumeOptions
}

interface Resumed extends PlannedArm {
  readonly store: RunStore
  readonly checkpoint: Checkpoint
  readonly loaded: LoadedBackend
  readonly datasets: Datasets
}

/** Goes on with the run in a directory, or with the only unfinished one in it. @throws Interruption, InputError, BackendError */
export function resume(directory: string, options: ResumeOptions): Promise<ExitStatus> {
  // Checkpoints go to the directory of the run: none is made.
  return withRunContext({ ...options.settings, out: undefined }, async (context) => {
    const registry = await loadRegistry(options.settings.use)
    const { finished, unfinished } = await runsIn(directory)
    if (finished.length > 0 && unfinished.length === 0) {
      await refuseDiverged(finished, registry)
      context.progress.note(`${directory}: the run is finished; there is nothing to go on with`)
      return exitStatus.ok
    }
    if (await hasNoCheckpointYet(directory)) {
      const cure = 'nothing was trained; begin it again as you began it'
      throw new InputError('isograd', `${directory}: the run was stopped before its first checkpoint: ${cure}`)
    }
    return resumeRun({ ...context, registry, path: await findCheckpointedRun(directory), options })
  })
}

/** @throws InputError for a run that ended because its numbers were no longer finite: there is nothing to train on. */
async function refuseDiverged(paths: readonly string[], registry: Registry): Promise<void> {
  for (const path of paths) {
    // oxlint-disable-next-line no-await-in-loop -- the first is named
    const { nonFinite } = (await readFinishedRun(path, registry)).record.end
    if (nonFinite === undefined) continue
    const where = `its training ended at ${nonFinitePlaceText(nonFinite)}, where its numbers were no longer finite`
    const cure = 'begin a new run with other settings, such as a lower learning rate'
    throw new InputError('isograd', `${path}: ${where}, and cannot be gone on with; ${cure}`)
  }
}

/** The settings that the run began with, but for those that are given anew; paths of then are relative to then's directory. */
function settingsFor({ options: { backend }, settings }: ResumeContext, before: ResumeSettings): ResumeSettings {
  const { threads = before.threads, checkpointEvery: every = before.every } = settings
  const dataDir = settings.dataDir === undefined ? before.dataDir : resolve(settings.dataDir)
  return {
    experiment: before.experiment,
    backend: backend ?? before.backend,
    cwd: backend === undefined ? before.cwd : process.cwd(),
    every,
    ...(threads === undefined ? {} : { threads }),
    ...(dataDir === undefined ? {} : { dataDir }),
  }
}

async function resumeRun(context: ResumeContext): Promise<ExitStatus> {
  const { path, registry, progress } = context
  const note = (text: string): void => progress.note(text)
  const { store, checkpoint } = await RunStore.reopen(path, registry, note, (before) => settingsFor(context, before))
  try {
    return await withBackend(context, store, checkpoint)
  } catch (error) {
    if (!(error instanceof Interruption)) throw error
    throw new Interruption(error.status, `interrupted; go on with it: isograd resume ${path}`)
  } finally {
    store.close()
  }
}

function withBackend(context: ResumeContext, store: RunStore, checkpoint: Checkpoint): Promise<ExitStatus> {
  const { backend, cwd, threads, dataDir } = store.settings
  const { arm, armName } = checkpoint
  const { registry } = context
  const options = threads === undefined ? {} : { threads }
  const note = (text: string): void => context.progress.note(text)
  return withBackends({ names: [backend], cwd, options, precisions: [arm.precision], note }, async ([loaded]) => {
    const { word } = store.settings.experiment
    const directory = isPreset(word) ? undefined : dirname(word)
    const datasets = datasetsOf({ ...context, settings: { ...context.settings, dataDir } }, registry, { directory })
    const dataset = await datasets.of(arm)
    await checkExperiment(context, store, checkpoint)
    const plan = planFor({ armName, arm, dataset, registry })
    checkResume(checkpoint, plan, dataset)
    return trainAndReport(context, { store, checkpoint, loaded, datasets, plan, dataset })
  })
}

/** The arm as its file or preset has it now; undefined where there is none any more. */
async function armNow(
  { word, overrides }: ResumeSettings['experiment'],
  armName: string,
  registry: Registry,
): Promise<unknown> {
  if (!isPreset(word) && !existsSync(word)) return undefined
  const { arms } = await readExperiment(word, overrides, registry)
  return arms[armName]
}

/** Refuses an experiment that has changed: the user may expect the run to follow. @throws InputError with the changes. */
async function checkExperiment(
  { options, registry, progress }: ResumeContext,
  { settings }: RunStore,
  { arm, armName }: Checkpoint,
): Promise<void> {
  if (options.asBegun) return
  const { word } = settings.experiment
  const now = await armNow(settings.experiment, armName, registry)
  if (now === undefined) {
    progress.note(`note: ${word} has gone, or its arm "${armName}"; going on with the experiment as it was`)
    return
  }
  const changed = differences(arm, now).map((each) => `${formatPath(each.path)}: ${each.before} then, ${each.now} now`)
  if (changed.length === 0) return
  const cure = 'Restore it, go on with the experiment as it was (--as-begun), or begin a new run.'
  throw new InputError('isograd', `${word}: it has changed since the run began:\n  ${changed.join('\n  ')}\n${cure}`)
}

async function trainAndReport(context: ResumeContext, resumed: Resumed): Promise<ExitStatus> {
  const { settings, progress, signal, path } = context
  const { store, checkpoint, loaded, plan, dataset } = resumed
  const { armName } = checkpoint
  const { backend } = loaded
  const reporter = settings.json || settings.quiet ? undefined : reporterOf(settings, resumed)
  await reporter?.armBegins(armName)
  const event = (each: RunEvent): void => progress.event(`${armName} on ${backend.name}`, each)
  const journal = await trainRun({ plan, dataset, backend, signal, event, store, from: checkpoint })
  await saveRun(path, store, journal)
  progress.clear()
  reporter?.runEnds(journal.record(), await predictDrawn(backend, plan, journal))
  if (settings.json) process.stdout.write(stringifyDocument(documentOf(journal, loaded)))
  progress.note(`written to ${path}`)
  return statusOfRuns([journal.record()])
}

async function saveRun(path: string, store: RunStore, journal: Journal): Promise<void> {
  try {
    writeRun(path, journal.record(), journal.end)
    await store.finish(journal.stretches())
  } catch (error) {
    const cure = 'its last checkpoint stands: make room, and resume it again'
    throw new InputError('isograd', `${path}: cannot be written: ${messageOf(error)}; ${cure}`, { cause: error })
  }
}

function reporterOf({ ascii }: RunSettings, { plan, loaded, datasets }: Resumed): RunReporter {
  const { arm, armName, registry } = plan
  const style = styleOf(process.stdout, process.env, ascii)
  const experiment = { name: arm.name, description: arm.description ?? '', arms: { [armName]: arm }, registry }
  const subject = { experiment, backends: [loaded.backend.name], datasets }
  return new RunReporter(style, subject, (text) => process.stdout.write(text))
}

function documentOf(journal: Journal, loaded: LoadedBackend): RunsDocument {
  return {
    schema: RUNS_SCHEMA,
    environment: { ...environmentOf([loaded]), jobs: 1 },
    runs: [journal.record()],
    agreement: [],
    failures: [],
    stretches: journal.stretches(),
  }
}
