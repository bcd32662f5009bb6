/** The task of training an experiment: arms on backends, shown while it goes on, written and printed at the end. */
import { type Experiment, selectArms, stringifyDocument } from '@isograd/core'
import { grouped } from '@isograd/core/compare'
import { checkCommand } from '@isograd/report'
import { aloneText, holdAlone, isAlone } from '../checking/hold-alone.js'
import { trainingEnvironment } from '../documents/environment.js'
import { runsDocument } from '../documents/runs-document.js'
import { writeReport } from '../documents/write-report.js'
import { type ExitStatus, exitStatus, statusOfRuns } from '../errors/exit-status.js'
import { nameOf, readExperiment } from '../input/experiment-file.js'
import { loadRegistry } from '../input/extensions.js'
import type { RunSettings } from '../input/run-settings.js'
import { EventLog } from '../tensorboard/event-log.js'
import { RunReporter } from '../terminal/run-reporter.js'
import { styleOf } from '../text/terminal-style.js'
import { typedCommand } from '../text/typed-command.js'
import { type CheckedTask, trainAll } from '../training/train-all.js'
import type { RunListener, TrainingResult } from '../training/training-task.js'
import { begunWords } from './begun-words.js'
import { progressListener, type RunContext } from './run-context.js'
import { sourceOf, trainCommand, type TrainingCommand, type Trainings } from './training-command.js'
import { output } from '../errors/output.js'

/** Trains the chosen arms of a preset or a file. @throws Interruption, InputError, BackendError */
export async function run(word: string, settings: RunSettings): Promise<ExitStatus> {
  const registry = await loadRegistry(settings.use)
  const whole = await readExperiment(word, settings.overrides, registry)
  const experiment = settings.arms === undefined ? whole : selectArms(whole, settings.arms)
  const source = sourceOf(word, settings.overrides)
  return runCommand({ verb: 'run', parts: [{ source, experiment }], registry, seeds: settings.seeds, settings })
}

/** Trains, shows and writes a command of `isograd run`, begun or new. @throws Interruption, InputError, BackendError */
export function runCommand(command: TrainingCommand): Promise<ExitStatus> {
  const { settings, seeds = [], begun } = command
  const [json, quiet] = [settings.json, settings.quiet]
  let log: EventLog | undefined
  let reporter: RunReporter | undefined
  return trainCommand(command, {
    taskOf: (experiment, { context, pool, datasets }) => {
      if (begun === undefined) noteEqualArms(experiment, (text) => context.progress.note(text))
      const style = styleOf(output, process.env, settings.ascii)
      const subject = { experiment, backends: pool.backends.map(({ backend }) => backend.name), datasets }
      log = settings.tensorboard === undefined ? undefined : new EventLog(settings.tensorboard)
      reporter = json ? undefined : new RunReporter(style, subject, (text) => output.write(text))
      return {
        showsSample: !json && !quiet,
        nameOf: ({ armName, arm, backend }) => {
          const seed = seeds.length > 1 ? `, seed ${arm.seed}` : ''
          return `${armName} on ${backend.backend.name}${seed}`
        },
        listener: listenerOf(context, quiet ? undefined : reporter, log),
        atEnd: () => pool.close(),
      }
    },
    train: async (trainings) => {
      const result = await trainOnly(trainings).finally(() => log?.close())
      const status = await report(result, trainings, reporter, command)
      return status === exitStatus.ok && begun === undefined ? heldAlone(command, trainings) : status
    },
  })
}

/** Tells of arms that train the same, as where a setting for all arms is the one in which they differed. */
function noteEqualArms({ arms }: Experiment, note: (text: string) => void): void {
  for (const equal of grouped(Object.entries(arms), ([, arm]) => arm)) {
    const names = equal.map(([name]) => `"${name}"`)
    if (names.length > 1)
      note(`note: with these settings the arms ${names.join(' and ')} are the same, and train alike`)
  }
}

/** Holds a run that had one runtime alone to the reference; 0 where there is another, or where it agrees. */
async function heldAlone(
  { parts, settings }: TrainingCommand,
  { context, pool, datasets }: Trainings,
): Promise<ExitStatus> {
  const [part] = parts
  if (part === undefined || !isAlone(settings, pool.backends)) return exitStatus.ok
  const planned = { experiment: part.experiment, source: nameOf(part.source.word), datasets }
  const { progress, signal } = context
  const note = (text: string): void => progress.note(text)
  const checked = await holdAlone(planned, settings, { signal, note }, pool.backends)
  progress.note(aloneText(checked, pool.backends), true)
  return checked.verdict === 'agree' ? exitStatus.ok : exitStatus.disagreement
}

function trainOnly({ tasks: [task] }: Trainings): Promise<TrainingResult> {
  return trainAll(task as CheckedTask)
}

/** Writes and prints what came of it; of a single run that was gone on with there are no documents. */
async function report(
  result: TrainingResult,
  { context: { directory, progress }, pool }: Trainings,
  reporter: RunReporter | undefined,
  command: TrainingCommand,
): Promise<ExitStatus> {
  const isRun = command.begun?.isRun === true
  const environment = trainingEnvironment(pool.backends, pool.jobs)
  const { records: runs, agreement, failures, stretches = [] } = result
  const made = runsDocument(environment, [result])
  const document = isRun ? { ...made, stretches } : made
  const text = stringifyDocument(document)
  let written = directory && `written to ${directory.path}`
  if (directory !== undefined && !isRun) {
    directory.saveDocument(text)
    written = await writeReport(directory, { ...document, checks: [] }, (line) => progress.note(line, true))
  }
  if (reporter === undefined) output.write(text)
  const check = checkCommand(command.begun === undefined ? environment.commandLine : begunWords(command))
  reporter?.end(result, { jobs: pool.jobs, check: check && typedCommand(check) })
  if (written !== undefined) progress.note(written, true)
  if (failures.length > 0) return exitStatus.backend
  return agreement.every(({ ok }) => ok) ? statusOfRuns(runs) : exitStatus.disagreement
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
