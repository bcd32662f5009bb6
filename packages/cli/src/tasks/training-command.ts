/**
 * A command that trains: experiments, seeds and backends, from the command line or from the plan of a command that was
 * stopped. It opens what trainings need, writes the plan before the first begins, and marks it when all is on the disk.
 */
import { resolve } from 'node:path'
import type { ArmSpec, Experiment, Registry } from '@isograd/core'
import type { LoadedBackend } from '../backends/load.js'
import type { WorkerPool } from '../backends/worker-pool.js'
import { type CommandPlan, plannedFiles, recordDigest } from '../documents/command-plan.js'
import type { ExperimentSource } from '../documents/resume-settings.js'
import { dataPathsOf, sealsOf, weightPathsOf } from '../documents/own-paths.js'
import { runName } from '../documents/run-directory.js'
import { sealRun } from '../documents/write-sealed.js'
import { type ExitStatus, exitStatus } from '../errors/exit-status.js'
import { Interruption } from '../errors/interruption.js'
import type { Datasets } from '../input/datasets.js'
import { isPreset, nameOf } from '../input/experiment-file.js'
import type { RunSettings } from '../input/run-settings.js'
import { RunPositions } from '../training/run-positions.js'
import { type CheckedTask, checkTask } from '../training/train-all.js'
import { TrainingQueue } from '../training/training-queue.js'
import type { BegunRuns, TrainingTask } from '../training/training-task.js'
import { datasetsOf, type RunContext, withRunContext, withWorkerPool } from './run-context.js'

/** An experiment of a command, with what it was read from. */
export interface CommandPart {
  readonly source: ExperimentSource
  readonly experiment: Experiment
}

/** A command that an earlier process has begun. */
export interface BegunCommand extends BegunRuns {
  /** Names of the backends in those of directories. */
  readonly backendNames: readonly string[]
  /** True where it is a single run in a directory of its own, of which no documents are made. */
  readonly isRun: boolean
}

/** Everything that is trained. */
export interface TrainingCommand {
  readonly verb: CommandPlan['command']
  readonly parts: readonly CommandPart[]
  readonly registry: Registry
  /** Undefined: every arm with its own. */
  readonly seeds: readonly number[] | undefined
  readonly settings: RunSettings
  readonly begun?: BegunCommand
}

/** The trainings of a command, ready to begin. */
export interface Trainings {
  readonly context: RunContext
  readonly pool: WorkerPool
  readonly datasets: Datasets
  readonly queue: TrainingQueue
  /** One for each experiment of the command, in its order. */
  readonly tasks: readonly CheckedTask[]
}

/** The part of a task that is its verb's. */
export type VerbTask = Pick<TrainingTask, 'showsSample' | 'nameOf' | 'listener' | 'atEnd'>

/** A verb that trains. */
export interface TrainingVerb {
  /** True where the directory of data is for those sets alone that are read from files. */
  readonly sparesDrawn?: boolean
  /** Called once for each experiment. */
  readonly taskOf: (experiment: Experiment, trainings: Omit<Trainings, 'tasks'>) => VerbTask
  /** Trains, shows and writes. */
  readonly train: (trainings: Trainings) => Promise<ExitStatus>
}

/** The source of the experiment that a word on the command line names. */
export function sourceOf(word: string, overrides: RunSettings['overrides']): ExperimentSource {
  return { word: isPreset(word) ? word : resolve(word), overrides }
}

function armsOf({ parts, seeds }: TrainingCommand): ArmSpec[] {
  const arms = parts.flatMap(({ experiment }) => Object.values(experiment.arms))
  return seeds === undefined ? arms : arms.flatMap((arm) => seeds.map((seed) => ({ ...arm, seed })))
}

/** The experiments and seeds that runs are named by. */
interface NamedRuns {
  readonly parts: readonly { readonly experiment: Pick<Experiment, 'name' | 'arms'> }[]
  readonly seeds?: readonly number[] | undefined
}

/** Names of the directories of all runs. */
export function runNames({ parts, seeds }: NamedRuns, backendNames: readonly string[]): string[] {
  return parts.flatMap(({ experiment }) =>
    Object.entries(experiment.arms).flatMap(([arm, spec]) =>
      backendNames.flatMap((backend) =>
        (seeds ?? [spec.seed]).map((seed) => runName({ preset: experiment.name, arm, backend, seed })),
      ),
    ),
  )
}

/** SHA-256 of the records that are there, by the name of the directory. */
function recordDigests(dir: string, names: readonly string[]): [name: string, digest: string][] {
  return names.flatMap((name) => {
    const digest = recordDigest(resolve(dir, name))
    return digest === undefined ? [] : [[name, digest]]
  })
}

/** Everything to train, with the backends that were found. */
function planOf(command: TrainingCommand, backends: readonly LoadedBackend[], dir: string): CommandPlan {
  const { verb, parts, seeds, settings, registry } = command
  const { threads, jobs, dataDir, checkpointEvery, tensorboard } = settings
  const names = backends.map(({ backend }) => backend.name)
  const before = Object.entries(plannedFiles(dir)).filter(([name]) => name.includes('/'))
  return {
    command: verb,
    parts: parts.map(({ source, experiment: { name, description, arms } }) => ({ source, name, description, arms })),
    ...(seeds === undefined ? {} : { seeds }),
    backends: backends.map(({ asked, backend }) => ({ asked, name: backend.name })),
    modules: registry.modules,
    ...(threads === undefined ? {} : { threads }),
    jobs,
    ...(dataDir === undefined ? {} : { dataDir: resolve(dataDir) }),
    ...(checkpointEvery === undefined ? {} : { checkpointEvery }),
    ...(tensorboard === undefined ? {} : { tensorboard: resolve(tensorboard) }),
    seals: sealsOf(parts.flatMap((part) => givenPaths(part, dataDir))),
    replaces: Object.fromEntries(recordDigests(dir, runNames(command, names))),
    finished: false,
    ...(before.length === 0 ? {} : { files: Object.fromEntries(before) }),
  }
}

/** The paths that a command line gave, by itself or by the experiment that it named. */
function givenPaths(
  { source: { word }, experiment: { arms, directory } }: CommandPart,
  dataDir: string | undefined,
): string[] {
  const own = isPreset(word) ? [] : [word]
  return [
    ...own,
    ...(dataDir === undefined ? [] : [dataDir]),
    ...Object.values(arms).flatMap((arm) => [...dataPathsOf(arm, directory), ...weightPathsOf(arm, directory)]),
  ]
}

function checkpointingOf(part: CommandPart, { settings, progress }: RunContext): TrainingTask['checkpointing'] {
  const { checkpointEvery: every, threads, dataDir } = settings
  if (every === undefined) return undefined
  const given = {
    ...(threads === undefined ? {} : { threads }),
    ...(dataDir === undefined ? {} : { dataDir: resolve(dataDir) }),
  }
  const seals = sealsOf(givenPaths(part, dataDir))
  return { settings: { ...given, every, experiment: part.source, seals }, note: (text) => progress.note(text) }
}

/** From here on a step of wide layers may last seconds where each operation is a plain loop. */
const LARGE_BATCH = 256

/** Trains what a command asks for. @throws Interruption, InputError, BackendError */
export function trainCommand(command: TrainingCommand, verb: TrainingVerb): Promise<ExitStatus> {
  const { settings, begun } = command
  const arms = armsOf(command)
  const precisions = [...new Set(arms.map(({ precision }) => precision))]
  const hasLargeSteps = arms.some(({ batchSize }) => batchSize >= LARGE_BATCH)
  return withRunContext(settings, begun?.isRun === true, (context) =>
    withWorkerPool(context, { precisions, trainings: arms.length, hasLargeSteps }, (pool) =>
      trainWith(command, verb, context, pool),
    ),
  )
}

async function trainWith(command: TrainingCommand, verb: TrainingVerb, context: RunContext, pool: WorkerPool) {
  const { parts, registry, seeds, settings, begun } = command
  const { directory, signal } = context
  const { sparesDrawn = false } = verb
  const place = parts[0]?.experiment.directory
  const datasets = datasetsOf(context, registry, { shared: pool.remote, sparesDrawn, directory: place })
  const queue = new TrainingQueue(pool, signal, { waitsForScans: settings.checkpointEvery !== undefined })
  const positions = new RunPositions()
  const shared = { context, pool, datasets, queue }
  try {
    const tasks: CheckedTask[] = []
    for (const part of parts) {
      const { experiment, source } = part
      const { backends, lost } = pool
      const task: TrainingTask = {
        ...verb.taskOf(experiment, shared),
        experiment,
        seeds,
        backends,
        lost,
        datasets,
        directory,
        queue,
        positions,
        begun,
        source: nameOf(source.word),
        backendNames: begun?.backendNames ?? backends.map(({ backend }) => backend.name),
        checkpointing: checkpointingOf(part, context),
      }
      // oxlint-disable-next-line no-await-in-loop -- the first that does not fit, or is taken, is named
      tasks.push(await checkTask(task, (text) => context.progress.note(text, true)))
    }
    const finish = planned(command, context, pool)
    const status = await verb.train({ ...shared, tasks })
    if (status !== exitStatus.backend) await finish()
    return status
  } catch (error) {
    throw error instanceof Interruption
      ? positions.describe(error, directory, settings.checkpointEvery !== undefined)
      : error
  }
}

/** Puts the plan of a new command on the disk; that of a begun one is there. Returns the call that marks it finished. */
function planned(command: TrainingCommand, { directory }: RunContext, pool: WorkerPool): () => Promise<void> | void {
  if (directory === undefined) return () => {}
  const path = resolve(directory.path)
  if (command.begun?.isRun === true) return () => sealRun(path)
  if (command.begun === undefined) directory.savePlan(planOf(command, pool.backends, path))
  const names = command.begun?.backendNames ?? pool.backends.map(({ backend }) => backend.name)
  return () => {
    const records = recordDigests(path, runNames(command, names)).map(([name, digest]) => [
      `${name}/record.json`,
      digest,
    ])
    directory.seal(Object.fromEntries(records), { finished: true })
  }
}
