/** The task of the suite: every preset, every arm, every seed, on every backend; judged and shown preset by preset. */
import { type Experiment, type Registry, stringifyDocument } from '@isograd/core'
import type { WorkerPool } from '../backends/worker-pool.js'
import { environmentOf } from '../documents/environment.js'
import { RUNS_SCHEMA, type RunsDocument } from '../documents/runs-document.js'
import { SUITE_SCHEMA, type SuiteArm, type SuiteDocument } from '../documents/suite-document.js'
import { writeReport } from '../documents/write-report.js'
import { type ExitStatus, exitStatus } from '../errors/exit-status.js'
import { Interruption } from '../errors/interrupt.js'
import type { Datasets } from '../input/datasets.js'
import { nameOf, readPreset } from '../input/experiment-file.js'
import { loadRegistry } from '../input/extensions.js'
import type { RunSettings } from '../input/run-settings.js'
import { presetReport, suiteSummary } from '../terminal/suite.js'
import { styleOf, type TerminalStyle } from '../text/terminal-style.js'
import { RunPositions } from '../training/run-positions.js'
import { type CheckedTask, checkTask, trainAll } from '../training/train-all.js'
import { TrainingQueue } from '../training/training-queue.js'
import type { TrainingResult, TrainingTask } from '../training/training-task.js'
import { datasetsOf, progressListener, type RunContext, withRunContext, withWorkerPool } from './run-context.js'
import { judgeRecords } from './suite-verdicts.js'

/** A preset with an experiment for each seed, the first seed first. */
type Preset = readonly [Experiment, ...Experiment[]]

/** Options that cut short or change a training, which say nothing of a network that is not trained but looked at as it is. */
const ofTraining = ['epochs', 'batchSize', 'data'] as const

/** The changes of the command line, as far as they bear on a preset. */
function overridesFor(name: string, { overrides }: RunSettings, registry: Registry): RunSettings['overrides'] {
  const isTrained = Object.values(readPreset(name, {}, registry).arms).some(({ epochs }) => epochs > 0)
  if (isTrained) return overrides
  return Object.fromEntries(Object.entries(overrides).filter(([field]) => !ofTraining.some((each) => each === field)))
}

function readSeeds(name: string, seeds: number, settings: RunSettings, registry: Registry): Preset {
  const overrides = overridesFor(name, settings, registry)
  const read = (seed: number): Experiment => readPreset(name, { ...overrides, seed }, registry)
  return [read(0), ...Array.from({ length: seeds - 1 }, (_, i) => read(i + 1))]
}

/** Runs the suite on presets, by name. @throws Interruption, InputError, BackendError */
export async function runSuite(names: readonly string[], seeds: number, settings: RunSettings): Promise<ExitStatus> {
  const registry = await loadRegistry(settings.use)
  const presets = names.map((name) => readSeeds(name, seeds, settings, registry))
  const arms = presets.flat().flatMap((experiment) => Object.values(experiment.arms))
  const precisions = [...new Set(arms.map(({ precision }) => precision))]
  return withRunContext(settings, (context) =>
    withWorkerPool(context, { precisions, trainings: arms.length }, (pool) =>
      new Suite(context, pool, seeds, registry).run(presets),
    ),
  )
}

/** Trainings of a preset that are queued. */
interface QueuedPreset {
  readonly first: Experiment
  readonly results: readonly Promise<TrainingResult>[]
}

class Suite {
  readonly #context: RunContext
  readonly #pool: WorkerPool
  readonly #seeds: number
  readonly #datasets: Datasets
  readonly #queue: TrainingQueue
  readonly #positions = new RunPositions()
  readonly #arms: SuiteArm[] = []
  readonly #results: TrainingResult[] = []

  constructor(context: RunContext, pool: WorkerPool, seeds: number, registry: Registry) {
    this.#context = context
    this.#pool = pool
    this.#seeds = seeds
    this.#queue = new TrainingQueue(pool, context.signal)
    this.#datasets = datasetsOf(context, registry, { shared: pool.remote, sparesDrawn: true })
  }

  async run(presets: readonly Preset[]): Promise<ExitStatus> {
    try {
      await this.#train(presets)
    } catch (error) {
      throw error instanceof Interruption ? this.#positions.describe(error, this.#context.directory) : error
    }
    const document = this.#document()
    await this.#save(document)
    const { json } = this.#context.settings
    this.#print(json ? stringifyDocument(document) : suiteSummary(this.#style(), document))
    return statusOf(document)
  }

  /** Queues everything, then shows preset by preset. */
  async #train(presets: readonly Preset[]): Promise<void> {
    const tasks = presets.flat().map((experiment) => this.#task(experiment))
    const checked: CheckedTask[] = []
    for (const task of tasks) {
      // oxlint-disable-next-line no-await-in-loop -- the first that does not fit, or is taken, is named
      checked.push(await checkTask(task))
    }
    const queued = presets.map((bySeed) => ({
      first: bySeed[0],
      results: checked.filter(({ task }) => bySeed.includes(task.experiment)).map((each) => trainAll(each)),
    }))
    const results = queued.flatMap((preset) => preset.results)
    // They are awaited preset by preset: one that fails early must not count as forgotten.
    for (const result of results) result.catch(() => {})
    try {
      for (const preset of queued) {
        this.#context.signal.throwIfAborted()
        // oxlint-disable-next-line no-await-in-loop -- one preset after the other
        await this.#show(preset)
      }
    } catch (error) {
      this.#queue.stop(error as Error)
      await Promise.allSettled(results)
      throw error
    }
  }

  async #show({ first, results: pending }: QueuedPreset): Promise<void> {
    const results = await Promise.all(pending)
    const judged = judgeRecords(results.flatMap(({ records }) => records))
    this.#results.push(...results)
    this.#arms.push(...judged)
    const { quiet, json } = this.#context.settings
    if (!quiet && !json) this.#print(presetReport(this.#style(), first, judged))
  }

  #task(experiment: Experiment): TrainingTask {
    return {
      experiment,
      source: nameOf(experiment.name),
      backends: this.#pool.backends,
      datasets: this.#datasets,
      directory: this.#context.directory,
      checkpointing: undefined,
      showsSample: false,
      queue: this.#queue,
      positions: this.#positions,
      nameOf: ({ armName, arm, backend }) => {
        const seed = this.#seeds === 1 ? '' : `, seed ${arm.seed}`
        return `${experiment.name}: ${armName} on ${backend.backend.name}${seed}`
      },
      listener: progressListener(this.#context),
    }
  }

  #document(): SuiteDocument {
    const environment = { ...environmentOf(this.#pool.backends), jobs: this.#pool.jobs }
    const failures = this.#results.flatMap((result) => result.failures)
    return { schema: SUITE_SCHEMA, environment, arms: this.#arms, failures }
  }

  /** Writes `suite.json`, and `runs.json` as `isograd run` does, for all that reads that. */
  async #save(document: SuiteDocument): Promise<void> {
    const { directory, progress } = this.#context
    if (directory === undefined) return
    const { environment, failures } = document
    const runs: RunsDocument = {
      schema: RUNS_SCHEMA,
      environment,
      runs: this.#results.flatMap(({ records }) => records),
      agreement: this.#results.flatMap(({ agreement }) => agreement),
      failures,
    }
    directory.saveDocument(stringifyDocument(runs))
    directory.saveDocument(stringifyDocument(document), 'suite.json')
    progress.note(await writeReport(directory, { ...runs, checks: [] }, (line) => progress.note(line)))
  }

  #style(): TerminalStyle {
    return styleOf(process.stdout, process.env, this.#context.settings.ascii)
  }

  #print(output: string | readonly string[]): void {
    this.#context.progress.clear()
    process.stdout.write(typeof output === 'string' ? output : `${output.join('\n')}\n`)
  }
}

function statusOf({ arms, failures }: SuiteDocument): ExitStatus {
  if (failures.length > 0) return exitStatus.backend
  return arms.some(({ verdict }) => verdict === 'not reproduced') ? exitStatus.disagreement : exitStatus.ok
}
