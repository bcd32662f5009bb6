/**
 * The task of going on with a command that was stopped: what it was to make is read from its plan, or from a single run,
 * and trained as `isograd run` and `isograd suite` train. Nothing that is read loads a module.
 */
import { existsSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { InputError, type Registry } from '@isograd/core'
import { differences, formatPath, nonFinitePlaceText, parseArmSpec, requireModules } from '@isograd/core/compare'
import { findCheckpointedRun, readCheckpoint, runsIn } from '@isograd/core/node'
import { namesFile } from '../backends/load.js'
import { type CommandPlan, PLAN_FILE, readPlan, recordDigest } from '../documents/command-plan.js'
import { dataPathsOf, isOwn, type ReadFrom, requireOwn, weightPathsOf } from '../documents/own-paths.js'
import { type ExperimentSource, readResumeSettings } from '../documents/resume-settings.js'
import { hasNoCheckpointYet, tidyRun } from '../documents/run-store.js'
import { loadWholeRun } from '../documents/whole-run.js'
import { type ExitStatus, exitStatus } from '../errors/exit-status.js'
import { isPreset, readExperiment } from '../input/experiment-file.js'
import { loadRegistry } from '../input/extensions.js'
import type { RunSettings } from '../input/run-settings.js'
import { isSweepDirectory } from '../sweeps/status.js'
import { progressFor } from '../terminal/progress-for.js'
import { runCommand } from './run.js'
import { suiteCommand } from './suite.js'
import { type CommandPart, runNames, type TrainingCommand } from './training-command.js'

/** The settings of a resumed command. */
export interface ResumeOptions {
  /** Goes on with the experiment as it was, though its file or preset has changed. */
  readonly asBegun: boolean
  readonly settings: RunSettings
}

interface ResumeContext {
  readonly options: ResumeOptions
  readonly registry: Registry
  readonly note: (text: string) => void
}

const commands: Readonly<Record<CommandPlan['command'], (command: TrainingCommand) => Promise<ExitStatus>>> = {
  run: runCommand,
  suite: suiteCommand,
}

/**
 * Goes on with the command whose `--out` a directory is, with the run in it, or with the only unfinished run in it.
 * @throws Interruption, InputError, BackendError
 */
export async function resume(directory: string, options: ResumeOptions): Promise<ExitStatus> {
  if (isSweepDirectory(directory)) {
    const cure = 'give its command again: isograd sweep FILE --out'
    throw new InputError('isograd', `${directory}: it is the directory of a sweep; to go on, ${cure} ${directory}`)
  }
  const progress = progressFor(options.settings)
  const note = (text: string): void => progress.note(text)
  const context = { options, registry: await loadRegistry(options.settings.use), note }
  const plan = readPlan(directory)
  const command = plan === undefined ? await runIn(directory, context) : await commandIn(directory, plan, context)
  if (command !== undefined) return commands[command.verb](command)
  await refuseDiverged(directory, context)
  await Promise.all([...new Set([directory, ...(await runsIn(directory)).finished])].map(tidyRun))
  progress.note(`${directory}: the run is finished; there is nothing to go on with`, true)
  return exitStatus.ok
}

/** @throws InputError for a run that ended because its numbers were no longer finite: there is nothing to train on. */
async function refuseDiverged(directory: string, { registry }: ResumeContext): Promise<void> {
  for (const path of (await runsIn(directory)).finished) {
    // oxlint-disable-next-line no-await-in-loop -- the first is named
    const { nonFinite } = (await loadWholeRun(path, registry)).record.end
    if (nonFinite === undefined) continue
    const where = `its training ended at ${nonFinitePlaceText(nonFinite)}, where its numbers were no longer finite`
    const cure = 'begin a new run with other settings, such as a lower learning rate'
    throw new InputError('isograd', `${path}: ${where}, and cannot be resumed; ${cure}`)
  }
}

/** Documents that a command makes of all of its runs. */
const DOCUMENTS = new Set(['runs.json', 'suite.json', 'report.html'])

/** The part of what a finished command has made that was removed since: runs, and documents. It is told. */
function removedFrom(directory: string, plan: CommandPlan, note: ResumeContext['note']): readonly string[] {
  const { parts, backends, seeds, files = {} } = plan
  const runs = { seeds, parts: parts.map((experiment) => ({ experiment })) }
  const names = runNames(
    runs,
    backends.map(({ name }) => name),
  )
  const removed = [
    ...names.filter((name) => recordDigest(join(directory, name)) === undefined),
    ...Object.keys(files).filter((name) => DOCUMENTS.has(name) && !existsSync(join(directory, name))),
  ]
  if (removed.length > 0) note(`note: ${directory}: finished, but missing, and made again: ${removed.join(', ')}`)
  return removed
}

/** The command in a plan; undefined where it is finished and all of it is there. @throws InputError */
async function commandIn(
  directory: string,
  plan: CommandPlan,
  context: ResumeContext,
): Promise<TrainingCommand | undefined> {
  if (plan.finished && removedFrom(directory, plan, context.note).length === 0) return undefined
  const { registry } = context
  const path = `${directory}/${PLAN_FILE}`
  requireModules(plan.modules, registry, path)
  const parts = plan.parts.map(({ source, name, description, arms }) => {
    const read = Object.entries(arms).map(([arm, spec]) => [
      arm,
      parseArmSpec(spec, registry, `${path}: ${name}: ${arm}`),
    ])
    const experiment = { name, description, arms: Object.fromEntries(read), registry, ...placeOf(source) }
    return { source, experiment }
  })
  const { command: verb, seeds, seals = [], dataDir } = plan
  for (const part of parts) {
    checkPlaces({ directory, seals }, context, part, dataDir)
    // oxlint-disable-next-line no-await-in-loop -- the first that has changed is named
    await checkExperiment(context, part, { directory, seals })
  }
  const backends = backendsOf(directory, context, plan.backends)
  if (context.options.settings.backends === undefined) await checkRuns(directory, context)
  const settings = settingsFor(directory, context, plan, backends)
  // What a finished command was to replace, it has replaced.
  const replaces = plan.finished ? {} : plan.replaces
  const begun = { replaces, backendNames: plan.backends.map(({ name }) => name), isRun: false }
  return { verb, parts, registry, seeds, settings, begun }
}

/** @throws InputError where data or weights are to be read from a place that neither this user nor the run itself gave. */
function checkPlaces(
  from: ReadFrom,
  { options: { settings } }: ResumeContext,
  { experiment: { arms, directory } }: CommandPart,
  dataDir: string | undefined,
): void {
  const all = Object.values(arms)
  const data = dataDir === undefined ? all.flatMap((arm) => dataPathsOf(arm, directory)) : [dataDir]
  if (settings.dataDir === undefined) requireOwn(data, from, (path) => `name it: --data-dir ${path}`)
  const weights = all.flatMap((arm) => weightPathsOf(arm, directory))
  requireOwn(weights, from, () => 'copy it into the run, and begin anew from there')
}

/** The directory that paths in an experiment are relative to. */
function placeOf({ word }: ExperimentSource): { directory?: string } {
  return isPreset(word) ? {} : { directory: dirname(word) }
}

/** The half-done runs of a command say for themselves what they train on: that holds for them as it does for the plan. */
async function checkRuns(directory: string, context: ResumeContext): Promise<void> {
  const { unfinished } = await runsIn(directory)
  for (const path of unfinished) backendsOf(path, context, [{ asked: readResumeSettings(path).backend }])
}

/** The run in a directory as a command that trains nothing else; undefined where it is finished. @throws InputError */
async function runIn(directory: string, context: ResumeContext): Promise<TrainingCommand | undefined> {
  const { finished, unfinished } = await runsIn(directory)
  if (finished.length > 0 && unfinished.length === 0) return undefined
  if (await hasNoCheckpointYet(directory)) {
    const cure = 'nothing was trained; begin it again as you began it'
    throw new InputError('isograd', `${directory}: the run was stopped before its first checkpoint: ${cure}`)
  }
  const path = await findCheckpointedRun(directory)
  const { registry } = context
  const checkpoint = await readCheckpoint(path, registry)
  if (checkpoint === undefined) throw new InputError('isograd', `${path}: there is no checkpoint`)
  const { arm, armName } = checkpoint
  const { backend: asked, experiment: source, every: checkpointEvery, seals = [], ...before } = readResumeSettings(path)
  const { name, description = '' } = arm
  const experiment = { name, description, arms: { [armName]: arm }, registry, ...placeOf(source) }
  const part = { source, experiment }
  checkPlaces({ directory: path, seals }, context, part, before.dataDir)
  await checkExperiment(context, part, { directory: path, seals })
  const backends = backendsOf(path, context, [{ asked }])
  const settings = settingsFor(path, context, { ...before, checkpointEvery, jobs: 1 }, backends)
  const begun = { replaces: {}, backendNames: [basename(path)], isRun: true }
  return { verb: 'run', parts: [part], registry, seeds: undefined, settings, begun }
}

/**
 * The backends to go on with: those that the command line names, one for each that there was and in that order, or those
 * that there were. What is read may name packages only: code in a file is loaded for the command line alone.
 */
function backendsOf(
  directory: string,
  { options }: ResumeContext,
  before: readonly { readonly asked: string }[],
): readonly string[] {
  const { backends } = options.settings
  if (backends !== undefined && backends.length === before.length) return backends
  const names = before.map(({ asked }) => asked)
  if (backends !== undefined) {
    const expected = before.length === 1 ? 'a run goes on with one backend' : `expected one for each of ${names.join()}`
    throw new InputError('isograd', `--backend: ${expected}, got "${backends.join()}"`)
  }
  const file = names.find((name) => namesFile(name, directory))
  if (file === undefined) return names
  const cure = `where you trust that file, name it: isograd resume ${directory} --backend ${names.join()}`
  throw new InputError('isograd', `${directory}: it names the backend "${file}", a file, which is not loaded; ${cure}`)
}

/** The settings that the command had, but for those that are given anew. */
function settingsFor(
  out: string,
  { options: { settings }, note }: ResumeContext,
  before: Pick<CommandPlan, 'threads' | 'jobs' | 'dataDir' | 'checkpointEvery' | 'tensorboard'>,
  backends: readonly string[],
): RunSettings {
  const { threads = before.threads, checkpointEvery = before.checkpointEvery, dataDir = before.dataDir } = settings
  const { tensorboard } = settings
  if (before.tensorboard !== undefined && tensorboard === undefined) {
    note(`note: nothing more is written for TensorBoard; to go on with that: --tensorboard ${before.tensorboard}`)
  }
  const { jobs } = before
  return { ...settings, out, backends, threads, checkpointEvery, dataDir: dataDir && resolve(dataDir), jobs }
}

/** The arms as their file or preset has them now; undefined where it has gone. */
async function armsNow({ word, overrides }: ExperimentSource, registry: Registry) {
  if (!isPreset(word) && !existsSync(word)) return undefined
  return (await readExperiment(word, overrides, registry)).arms
}

/** Refuses an experiment that has changed: the user may expect the run to follow. @throws InputError with the changes. */
async function checkExperiment(
  { options, registry, note }: ResumeContext,
  { source, experiment: { arms } }: CommandPart,
  from: ReadFrom,
): Promise<void> {
  if (options.asBegun) return
  const { word } = source
  if (!isPreset(word) && !isOwn(word, from)) {
    note(`note: ${word} is not looked at, as a file alone names it; going on with the experiment as it was`)
    return
  }
  const now = await armsNow(source, registry)
  const gone = Object.keys(arms).find((name) => now?.[name] === undefined)
  if (gone !== undefined) {
    note(`note: ${word} has gone, or its arm "${gone}"; going on with the experiment as it was`)
    return
  }
  const changed = Object.entries(arms).flatMap(([name, arm]) => differences(arm, now?.[name]))
  const lines = changed.map((each) => `${formatPath(each.path)}: ${each.before} then, ${each.now} now`)
  if (lines.length === 0) return
  const cure = 'Restore it, go on with the experiment as it was (--as-begun), or begin a new run.'
  throw new InputError('isograd', `${word}: it has changed since the run began:\n  ${lines.join('\n  ')}\n${cure}`)
}
