/** The task of going on with a run: its directory is taken, the checkpoint held against the data, the rest trained. */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import {
  type Checkpoint,
  checkResume,
  type Dataset,
  differences,
  formatPath,
  InputError,
  type Journal,
  type RunEvent,
  stringifyRecord,
} from '@isograd/core'
import type { LoadedBackend } from '../backends/load.js'
import { type ExitStatus, exitStatus } from '../errors/exit-status.js'
import { messageOf } from '../errors/failure.js'
import { isPreset, readTask } from '../input/experiment-file.js'
import { Interruption } from '../errors/interrupt.js'
import { lookOf } from '../text/terminal-style.js'
import type { Progress } from '../terminal/progress.js'
import { RunReporter } from '../terminal/run-reporter.js'
import { chooseBackends } from '../backends/choose-backends.js'
import { Datasets } from '../input/datasets.js'
import { RUNS_SCHEMA, type RunsDocument } from '../documents/runs-document.js'
import { environmentOf } from '../documents/environment.js'
import { writeRun } from '../documents/run-directory.js'
import type { ResumeSettings } from '../documents/resume-settings.js'
import { RunStore } from '../documents/run-store.js'
import type { RunSettings } from '../input/run-settings.js'
import { showSample } from '../training/shown-sample.js'
import { trainRun } from '../training/train-run.js'

/** What to go on with, and how. */
export interface ResumeWork {
  /** The directory of the run. */
  readonly path: string
  /** Undefined: the one it had. */
  readonly backend: string | undefined
  /** Goes on with the experiment as it was, though its file or preset has changed. */
  readonly asBegun: boolean
  readonly settings: RunSettings
  readonly progress: Progress
  readonly signal: AbortSignal
}

interface Resumed {
  readonly store: RunStore
  readonly checkpoint: Checkpoint
  readonly loaded: LoadedBackend
  readonly datasets: Datasets
  readonly dataset: Dataset
}

/** What was said when the run began, where it is not said anew. A path of then is a path from the directory of then. */
function settingsFor({ backend, settings }: ResumeWork, before: ResumeSettings): ResumeSettings {
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

/** Goes on with a run to its end. @throws Interruption that says how to go on; InputError, BackendError */
export async function resumeRun(work: ResumeWork): Promise<ExitStatus> {
  const note = (text: string): void => work.progress.note(text)
  const { store, checkpoint } = await RunStore.reopen(work.path, note, (before) => settingsFor(work, before))
  try {
    return await withBackend(work, store, checkpoint)
  } catch (error) {
    if (!(error instanceof Interruption)) throw error
    throw new Interruption(error.status, `interrupted; go on with it: isograd resume ${work.path}`)
  } finally {
    store.close()
  }
}

async function withBackend(work: ResumeWork, store: RunStore, checkpoint: Checkpoint): Promise<ExitStatus> {
  const { signal, progress } = work
  const { backend, cwd, threads, dataDir } = store.settings
  const [loaded] = await chooseBackends({
    names: [backend],
    cwd,
    options: threads === undefined ? {} : { threads },
    precisions: [checkpoint.arm.precision],
    note: (text) => progress.note(`note: ${text}`),
  })
  if (loaded === undefined) throw new InputError('isograd', `--backend: "${backend}" cannot be used`)
  try {
    const datasets = new Datasets({ dataDir, signal, onProgress: (transfer) => progress.transfer(transfer) })
    const dataset = await datasets.of(checkpoint.arm)
    await checkExperiment(work, store, checkpoint)
    checkResume(checkpoint, checkpoint.arm, dataset)
    return await trainAndReport(work, { store, checkpoint, loaded, datasets, dataset })
  } finally {
    await loaded.backend.dispose()
  }
}

/** The experiment as its file or preset has it now; undefined where there is no file any more. */
async function armNow(word: string, overrides: Readonly<Record<string, unknown>>, armName: string): Promise<unknown> {
  if (!isPreset(word) && !existsSync(word)) return undefined
  const task = await readTask(word, overrides)
  return task.kind === 'experiment' ? task.experiment.arms[armName] : task.chain
}

/** Who has changed an experiment's file may expect the run to follow. @throws InputError that says what has changed. */
async function checkExperiment(
  { asBegun, progress }: ResumeWork,
  { settings }: RunStore,
  { arm, armName }: Checkpoint,
): Promise<void> {
  if (asBegun) return
  const { word, overrides } = settings.experiment
  const now = await armNow(word, overrides, armName)
  if (now === undefined) {
    progress.note(`note: ${word} has gone, or its arm "${armName}"; going on with the experiment as it was`)
    return
  }
  const changed = differences(arm, now).map((each) => `${formatPath(each.path)}: ${each.before} then, ${each.now} now`)
  if (changed.length === 0) return
  const cure = 'Restore it, go on with the experiment as it was (--as-begun), or begin a new run.'
  throw new InputError('isograd', `${word}: it has changed since the run began:\n  ${changed.join('\n  ')}\n${cure}`)
}

async function trainAndReport(work: ResumeWork, resumed: Resumed): Promise<ExitStatus> {
  const { settings, progress, signal, path } = work
  const { store, checkpoint, loaded, dataset } = resumed
  const { arm, armName } = checkpoint
  const reporter = settings.json || settings.quiet ? undefined : reporterOf(work, resumed)
  await reporter?.armBegins(armName)
  const event = (each: RunEvent): void => progress.event(`${armName} on ${loaded.backend.name}`, each)
  const task = { backend: loaded.backend, armName, arm, dataset, signal, event, store, from: checkpoint }
  const journal = await trainRun(task)
  await keep(path, store, journal)
  progress.clear()
  reporter?.runEnds(journal.record(), await showSample(loaded.backend, journal, dataset))
  if (settings.json) process.stdout.write(stringifyRecord(documentOf(journal, loaded)))
  progress.note(`written to ${path}`)
  return exitStatus.ok
}

async function keep(path: string, store: RunStore, journal: Journal): Promise<void> {
  try {
    writeRun(path, journal.record(), journal.end.chosen)
    await store.finish(journal.stretches())
  } catch (error) {
    const cure = 'its last checkpoint stands: make room, and resume it again'
    throw new InputError('isograd', `${path}: cannot be written: ${messageOf(error)}; ${cure}`, { cause: error })
  }
}

function reporterOf({ settings }: ResumeWork, { checkpoint, loaded, datasets }: Resumed): RunReporter {
  const { arm, armName } = checkpoint
  const look = lookOf(process.stdout, process.env, settings.ascii)
  const experiment = { name: arm.name, description: arm.description ?? '', arms: { [armName]: arm } }
  const subject = { experiment, backends: [loaded.backend.name], datasets }
  return new RunReporter(look, subject, (text) => process.stdout.write(text))
}

function documentOf(journal: Journal, loaded: LoadedBackend): RunsDocument {
  return {
    schema: RUNS_SCHEMA,
    environment: environmentOf([loaded], process.argv.slice(2), 1),
    runs: [journal.record()],
    agreement: [],
    failures: [],
    stretches: journal.stretches(),
  }
}
