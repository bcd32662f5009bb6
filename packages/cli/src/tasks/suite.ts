/** The task of the suite: every preset, every arm, every seed, on every backend; judged and shown preset by preset. */
import { type Experiment, type Registry, stringifyDocument } from '@isograd/core'
import { trainingEnvironment } from '../documents/environment.js'
import { runsDocument } from '../documents/runs-document.js'
import { SUITE_SCHEMA, type SuiteArm, type SuiteDocument } from '../documents/suite-document.js'
import { writeReport } from '../documents/write-report.js'
import { type ExitStatus, exitStatus } from '../errors/exit-status.js'
import { isFields } from '../disk/read-json.js'
import { isDrawn } from '../input/datasets.js'
import { readPreset } from '../input/experiment-file.js'
import { loadRegistry } from '../input/extensions.js'
import type { RunSettings } from '../input/run-settings.js'
import { presetReport, suiteSummary } from '../terminal/suite.js'
import { styleOf, type TerminalStyle } from '../text/terminal-style.js'
import { trainAll } from '../training/train-all.js'
import type { TrainingResult } from '../training/training-task.js'
import { progressListener, type RunContext } from './run-context.js'
import { judgeRecords } from './suite-verdicts.js'
import { trainCommand, type TrainingCommand, type Trainings } from './training-command.js'
import { output } from '../errors/output.js'

/** Options that cut short or change a training, which say nothing of a network that is not trained but looked at as it is. */
const ofTraining = ['epochs', 'batchSize', 'data'] as const

/** Options that name other data: those that a preset draws for its question keep their form, and stay. */
const ofData = ['dataset', 'options', 'path'] as const

function without(fields: Readonly<Record<string, unknown>>, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([field]) => !names.includes(field)))
}

/** The changes of the command line, as far as they bear on a preset. */
function overridesFor(name: string, { overrides }: RunSettings, registry: Registry): RunSettings['overrides'] {
  const arms = Object.values(readPreset(name, {}, registry).arms)
  if (arms.every(({ epochs }) => epochs === 0)) return without(overrides, ofTraining)
  const { data } = overrides
  if (!isFields(data) || !arms.every((arm) => isDrawn(registry, arm.data.dataset))) return overrides
  return { ...overrides, data: without(data, ofData) }
}

/** Runs the suite on presets, by name, with the seeds that the settings say. @throws Interruption, InputError, BackendError */
export async function runSuite(names: readonly string[], settings: RunSettings): Promise<ExitStatus> {
  const registry = await loadRegistry(settings.use)
  const parts = names.map((name) => {
    const overrides = overridesFor(name, settings, registry)
    return { source: { word: name, overrides }, experiment: readPreset(name, overrides, registry) }
  })
  return suiteCommand({ verb: 'suite', parts, registry, seeds: settings.seeds ?? [0], settings })
}

/** Trains, judges and writes a command of `isograd suite`, begun or new. @throws Interruption, InputError, BackendError */
export async function suiteCommand(command: TrainingCommand): Promise<ExitStatus> {
  const { seeds = [], settings } = command
  return trainCommand(command, {
    sparesDrawn: true,
    taskOf: ({ name }, { context }) => ({
      showsSample: false,
      nameOf: ({ armName, arm, backend }) => {
        const seed = seeds.length > 1 ? `, seed ${arm.seed}` : ''
        return `${name}: ${armName} on ${backend.backend.name}${seed}`
      },
      listener: progressListener(context),
    }),
    train: async (trainings) => {
      const { results, arms } = await trainPresets(trainings)
      const document = documentOf(trainings, results, arms)
      await save(trainings.context, document, results)
      print(trainings.context, settings.json ? stringifyDocument(document) : suiteSummary(styleFor(settings), document))
      return statusOf(document)
    },
  })
}

interface Judged {
  readonly results: readonly TrainingResult[]
  readonly arms: readonly SuiteArm[]
}

/** Queues everything, then shows preset by preset. */
async function trainPresets({ tasks, queue, context }: Trainings): Promise<Judged> {
  const pending = tasks.map((each) => trainAll(each))
  const [results, arms]: [TrainingResult[], SuiteArm[]] = [[], []]
  // They are awaited preset by preset: one that fails early must not count as forgotten.
  for (const result of pending) result.catch(() => {})
  try {
    for (const [i, result] of pending.entries()) {
      context.signal.throwIfAborted()
      // oxlint-disable-next-line no-await-in-loop -- one preset after the other
      const trained = await result
      const judged = judgeRecords(trained.records)
      results.push(trained)
      arms.push(...judged)
      show(context, tasks[i]?.task.experiment, judged)
    }
  } catch (error) {
    queue.stop(error as Error)
    await Promise.allSettled(pending)
    throw error
  }
  return { results, arms }
}

function show(context: RunContext, experiment: Experiment | undefined, judged: readonly SuiteArm[]): void {
  const { settings } = context
  if (experiment === undefined || settings.quiet || settings.json) return
  print(context, presetReport(styleFor(settings), experiment, judged))
}

function documentOf({ pool }: Trainings, results: Judged['results'], arms: Judged['arms']): SuiteDocument {
  const environment = trainingEnvironment(pool.backends, pool.jobs)
  return { schema: SUITE_SCHEMA, environment, arms, failures: results.flatMap((result) => result.failures) }
}

/** Writes `suite.json`, and `runs.json` as `isograd run` does, for all that reads that. */
async function save(
  { directory, progress }: RunContext,
  document: SuiteDocument,
  results: Judged['results'],
): Promise<void> {
  if (directory === undefined) return
  const runs = runsDocument(document.environment, results)
  directory.saveDocument(stringifyDocument(runs))
  directory.saveDocument(stringifyDocument(document), 'suite.json')
  const note = (line: string): void => progress.note(line, true)
  note(await writeReport(directory, { ...runs, checks: [] }, note))
}

function styleFor({ ascii }: RunSettings): TerminalStyle {
  return styleOf(output, process.env, ascii)
}

function print({ progress }: RunContext, text: string | readonly string[]): void {
  progress.clear()
  output.write(typeof text === 'string' ? text : `${text.join('\n')}\n`)
}

function statusOf({ arms, failures }: SuiteDocument): ExitStatus {
  if (failures.length > 0) return exitStatus.backend
  return arms.some(({ verdict }) => verdict === 'not reproduced') ? exitStatus.disagreement : exitStatus.ok
}
