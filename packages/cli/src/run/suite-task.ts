/** The task of the suite: every preset, every arm, every seed, on every backend; judged and told preset by preset. */
import { type Experiment, findPreset, presets, stringifyRecord } from '@isograd/core'
import { writeReport } from '../documents/write-report.js'
import { type ExitStatus, exitStatus } from '../exit-status.js'
import { readTask } from '../input/experiment-file.js'
import { Interruption } from '../interrupt.js'
import { lookOf } from '../look.js'
import type { Progress } from '../progress.js'
import { presetReport, suiteSummary } from '../report/suite.js'
import { type Chain, type ChainRecord, chainAgreementOf, runChains } from './chain.js'
import type { Crew } from './crew.js'
import { Datasets } from './datasets.js'
import { RUNS_SCHEMA, type RunFailure, type RunsDocument } from './document.js'
import { environmentOf } from './environment.js'
import type { RunDirectory } from './run-directory.js'
import { judgeChains, judgeRecords, SUITE_SCHEMA, type SuiteArm, type SuiteChain, type SuiteDocument } from './suite.js'
import { checkPlan, type RunListener, trainAll, type TrainingPlan, type TrainingResult } from './train-all.js'
import { TrainingQueue } from './training-queue.js'
import { Whereabouts } from './whereabouts.js'
import { withCrew } from './work.js'
import type { RunSettings } from './settings.js'

/** What the suite is run with. */
export interface SuiteWork {
  /** Names of presets. */
  readonly presets: readonly string[]
  readonly seeds: number
  readonly settings: RunSettings
  readonly progress: Progress
  readonly directory: RunDirectory | undefined
  readonly signal: AbortSignal
}

/** Names of all presets, for a suite that names none. */
export function allPresets(): string[] {
  return presets.map(({ name }) => name)
}

/** One preset, read: an experiment for each seed, or a chain, which no seed changes. */
type Entry =
  | { readonly kind: 'experiment'; readonly bySeed: readonly Experiment[] }
  | { readonly kind: 'chain'; readonly chain: Chain }

async function readEntry(name: string, { seeds, settings }: SuiteWork): Promise<Entry> {
  const preset = findPreset(name)
  // A chain is neither trained nor cut short: of what is set for all presets only the precision is for it.
  if (preset.kind === 'chain') {
    const { precision } = settings.overrides
    const task = await readTask(name, precision === undefined ? {} : { precision })
    if (task.kind === 'chain') return { kind: 'chain', chain: task.chain }
  }
  const bySeed: Experiment[] = []
  for (let seed = 0; seed < seeds; seed++) {
    // oxlint-disable-next-line no-await-in-loop -- nothing is waited for: presets are in memory
    const task = await readTask(name, { ...settings.overrides, seed })
    if (task.kind === 'experiment') bySeed.push(task.experiment)
  }
  return { kind: 'experiment', bySeed }
}

/** What has been gathered so far. */
interface Gathered {
  readonly arms: SuiteArm[]
  readonly chains: SuiteChain[]
  readonly results: TrainingResult[]
}

/** Trainings of one backend. */
function trainingsOf(entries: readonly Entry[]): number {
  const experiments = entries.flatMap((entry) => (entry.kind === 'chain' ? [] : entry.bySeed))
  return experiments.reduce((sum, { arms }) => sum + Object.keys(arms).length, 0)
}

/** Runs the suite. @throws Interruption, InputError, BackendError */
export async function runSuite(work: SuiteWork): Promise<ExitStatus> {
  const entries = await Promise.all(work.presets.map((name) => readEntry(name, work)))
  const precisions = entries.flatMap((entry) =>
    (entry.kind === 'chain' ? [entry.chain] : entry.bySeed).flatMap(({ arms }) =>
      Object.values<{ readonly precision: 'float32' | 'float64' }>(arms).map(({ precision }) => precision),
    ),
  )
  const demand = { precisions: [...new Set(precisions)], trainings: trainingsOf(entries) }
  return withCrew(work, demand, (crew) => new Suite(work, crew).all(entries))
}

/** A preset whose work is queued: a promise for each seed of an experiment, or for each backend of a chain. */
type Begun =
  | { readonly kind: 'experiment'; readonly first: Experiment; readonly results: readonly Promise<TrainingResult>[] }
  | { readonly kind: 'chain'; readonly chain: Chain; readonly results: readonly Promise<ChainRecord[]>[] }

class Suite {
  readonly #work: SuiteWork
  readonly #crew: Crew
  readonly #datasets: Datasets
  readonly #queue: TrainingQueue
  readonly #whereabouts = new Whereabouts()
  readonly #gathered: Gathered = { arms: [], chains: [], results: [] }

  constructor(work: SuiteWork, crew: Crew) {
    const { settings, signal, progress } = work
    this.#work = work
    this.#crew = crew
    this.#queue = new TrainingQueue(crew, signal)
    this.#datasets = new Datasets({
      dataDir: settings.dataDir,
      signal,
      shared: crew.remote,
      onProgress: (transfer) => progress.transfer(transfer),
    })
  }

  async all(entries: readonly Entry[]): Promise<ExitStatus> {
    const { directory } = this.#work
    try {
      await this.#train(entries)
    } catch (error) {
      throw error instanceof Interruption ? this.#whereabouts.tell(error, directory) : error
    }
    const document = this.#document()
    await this.#save(document)
    this.#print(stringifyRecord(document), suiteSummary(this.#look(), document))
    return statusOf(document)
  }

  /** Queues everything, then tells preset by preset. */
  async #train(entries: readonly Entry[]): Promise<void> {
    const plans = entries.map((entry) => (entry.kind === 'chain' ? [] : entry.bySeed.map((each) => this.#plan(each))))
    for (const plan of plans.flat()) {
      // oxlint-disable-next-line no-await-in-loop -- the first that is taken is told
      await checkPlan(plan)
    }
    const begun = entries.map((entry, i) => this.#begin(entry, plans[i] ?? []))
    const results = begun.flatMap((each): Promise<unknown>[] => [...each.results])
    // They are awaited preset by preset: one that fails early must not count as forgotten.
    for (const result of results) result.catch(() => {})
    try {
      for (const each of begun) {
        this.#work.signal.throwIfAborted()
        // oxlint-disable-next-line no-await-in-loop -- one preset after the other
        await (each.kind === 'chain' ? this.#chain(each) : this.#experiment(each))
      }
    } catch (error) {
      this.#queue.stop(error as Error)
      await Promise.allSettled(results)
      throw error
    }
  }

  #begin(entry: Entry, plans: readonly TrainingPlan[]): Begun {
    if (entry.kind === 'chain') return { ...entry, results: this.#queueChain(entry.chain) }
    const [first] = entry.bySeed
    if (first === undefined) throw new Error('internal: a preset without a seed')
    return { kind: 'experiment', first, results: plans.map((plan) => trainAll(plan)) }
  }

  #queueChain(chain: Chain): Promise<ChainRecord[]>[] {
    return this.#crew.backends.map((backend) =>
      this.#queue.add({ backend, work: 0, run: (lent) => runChains(chain, [{ ...backend, backend: lent }]) }),
    )
  }

  /** Told arm by arm, as `runChains` has them on several backends. */
  async #chain({ chain, results }: Begun & { readonly kind: 'chain' }): Promise<void> {
    const records = (await Promise.all(results)).flat()
    const judged = judgeChains(Object.keys(chain.arms).flatMap((name) => records.filter(({ arm }) => arm === name)))
    this.#gathered.chains.push(...judged)
    this.#tell(() => presetReport(this.#look(), chain, [], judged))
  }

  async #experiment({ first, results: pending }: Begun & { readonly kind: 'experiment' }): Promise<void> {
    const results = await Promise.all(pending)
    const judged = judgeRecords(results.flatMap(({ records }) => records))
    this.#gathered.results.push(...results)
    this.#gathered.arms.push(...judged)
    this.#tell(() => presetReport(this.#look(), first, judged, []))
  }

  #plan(experiment: Experiment): TrainingPlan {
    const { directory, seeds } = this.#work
    return {
      experiment,
      backends: this.#crew.backends,
      datasets: this.#datasets,
      directory,
      checkpointing: undefined,
      showsSample: false,
      queue: this.#queue,
      whereabouts: this.#whereabouts,
      nameOf: ({ armName, arm, backend }) => {
        const seed = seeds === 1 ? '' : `, seed ${arm.seed}`
        return `${experiment.name}: ${armName} on ${backend.backend.name}${seed}`
      },
      listener: this.#listener(),
    }
  }

  #listener(): RunListener {
    const { progress } = this.#work
    return {
      event: (run, event) => progress.event(run, event),
      leaves: (run) => progress.leave(run),
      armBegins: async () => {},
      runEnds: () => progress.clear(),
      runFails: ({ arm, backend, message }) => progress.note(`error: ${arm} on ${backend}: ${message}`),
      armEnds: () => {},
    }
  }

  #document(): SuiteDocument {
    const { arms, chains } = this.#gathered
    return { schema: SUITE_SCHEMA, environment: this.#environment(), arms, chains, failures: this.#failures() }
  }

  #environment(): RunsDocument['environment'] {
    return environmentOf(this.#crew.backends, process.argv.slice(2), this.#crew.jobs)
  }

  #failures(): RunFailure[] {
    return this.#gathered.results.flatMap(({ failures }) => failures)
  }

  /** `suite.json`, and `runs.json` as `isograd run` leaves it, for all that reads that. */
  async #save(document: SuiteDocument): Promise<void> {
    const { directory, progress } = this.#work
    if (directory === undefined) return
    const { results, chains } = this.#gathered
    const computed: readonly ChainRecord[] = chains
    const runs: RunsDocument = {
      schema: RUNS_SCHEMA,
      environment: document.environment,
      runs: results.flatMap(({ records }) => records),
      agreement: results.flatMap(({ agreement }) => agreement),
      failures: document.failures,
      ...(chains.length === 0 ? {} : { chains: computed, chainAgreement: chainAgreementOf(computed) }),
    }
    directory.saveDocument(stringifyRecord(runs))
    directory.saveDocument(stringifyRecord(document), 'suite.json')
    progress.note(await writeReport(directory, { ...runs, checks: [] }, (line) => progress.note(line)))
  }

  #look() {
    return lookOf(process.stdout, process.env, this.#work.settings.ascii)
  }

  /** What is printed before the summary. */
  #tell(lines: () => readonly string[]): void {
    if (!this.#work.settings.quiet) this.#print('', lines())
  }

  #print(json: string, lines: readonly string[]): void {
    this.#work.progress.clear()
    process.stdout.write(this.#work.settings.json ? json : `${lines.join('\n')}\n`)
  }
}

function statusOf({ arms, chains, failures }: SuiteDocument): ExitStatus {
  if (failures.length > 0) return exitStatus.backend
  const missed = [...arms, ...chains.map(({ reproduction }) => reproduction)].some(
    ({ verdict }) => verdict === 'not reproduced',
  )
  return missed ? exitStatus.disagreement : exitStatus.ok
}
