/** The task of the suite: every preset, every arm, every seed, on every backend; judged and told preset by preset. */
import { type Experiment, findPreset, presets, stringifyRecord } from '@isograd/core'
import type { LoadedBackend } from '../backends/load.js'
import { type ExitStatus, exitStatus } from '../exit-status.js'
import { readTask } from '../input/experiment-file.js'
import { lookOf } from '../look.js'
import { leavePage } from '../page/leave-page.js'
import type { Progress } from '../progress.js'
import { presetReport, suiteSummary } from '../report/suite.js'
import { type Chain, type ChainRecord, chainAgreementOf, runChains } from './chain.js'
import { Datasets } from './datasets.js'
import { RUNS_SCHEMA, type RunFailure, type RunsDocument } from './document.js'
import { environmentOf } from './environment.js'
import type { RunDirectory } from './run-directory.js'
import { judgeChains, judgeRecords, SUITE_SCHEMA, type SuiteArm, type SuiteChain, type SuiteDocument } from './suite.js'
import { type RunListener, trainAll, type TrainingResult } from './train-all.js'
import { withBackends } from './work.js'
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
  // A chain is neither trained nor cut short.
  if (preset.kind === 'chain') {
    const task = await readTask(name, {})
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

/** Runs the suite. @throws Interruption, InputError, BackendError */
export async function runSuite(work: SuiteWork): Promise<ExitStatus> {
  const entries = await Promise.all(work.presets.map((name) => readEntry(name, work)))
  const precisions = entries.flatMap((entry) =>
    (entry.kind === 'chain' ? [entry.chain] : entry.bySeed).flatMap(({ arms }) =>
      Object.values<{ readonly precision: 'float32' | 'float64' }>(arms).map(({ precision }) => precision),
    ),
  )
  return withBackends(work, [...new Set(precisions)], (backends) => new Suite(work, backends).all(entries))
}

class Suite {
  readonly #work: SuiteWork
  readonly #backends: readonly LoadedBackend[]
  readonly #datasets: Datasets
  readonly #gathered: Gathered = { arms: [], chains: [], results: [] }

  constructor(work: SuiteWork, backends: readonly LoadedBackend[]) {
    const { settings, signal, progress } = work
    this.#work = work
    this.#backends = backends
    this.#datasets = new Datasets({
      dataDir: settings.dataDir,
      signal,
      onProgress: (transfer) => progress.transfer(transfer),
    })
  }

  async all(entries: readonly Entry[]): Promise<ExitStatus> {
    const { signal } = this.#work
    for (const entry of entries) {
      signal.throwIfAborted()
      // oxlint-disable-next-line no-await-in-loop -- one preset after the other
      await (entry.kind === 'chain' ? this.#chain(entry.chain) : this.#experiment(entry.bySeed))
    }
    const document = this.#document()
    await this.#save(document)
    this.#print(stringifyRecord(document), suiteSummary(this.#look(), document))
    return statusOf(document)
  }

  async #chain(chain: Chain): Promise<void> {
    const judged = judgeChains(await runChains(chain, this.#backends))
    this.#gathered.chains.push(...judged)
    this.#tell(() => presetReport(this.#look(), chain, [], judged))
  }

  async #experiment(bySeed: readonly Experiment[]): Promise<void> {
    const results: TrainingResult[] = []
    for (const [seed, experiment] of bySeed.entries()) {
      if (bySeed.length > 1) this.#work.progress.note(`${experiment.name}: seed ${seed + 1} of ${bySeed.length}`)
      // oxlint-disable-next-line no-await-in-loop -- one seed after the other
      results.push(await this.#train(experiment))
    }
    const [first] = bySeed
    const judged = judgeRecords(results.flatMap(({ records }) => records))
    this.#gathered.results.push(...results)
    this.#gathered.arms.push(...judged)
    if (first !== undefined) this.#tell(() => presetReport(this.#look(), first, judged, []))
  }

  #train(experiment: Experiment): Promise<TrainingResult> {
    const { directory, signal, progress } = this.#work
    const listener: RunListener = {
      event: (event) => progress.event(event),
      armBegins: async () => {},
      runEnds: () => progress.clear(),
      runFails: ({ arm, backend, message }) => progress.note(`error: ${arm} on ${backend}: ${message}`),
      armEnds: () => {},
    }
    const plan = { experiment, backends: this.#backends, datasets: this.#datasets, directory, signal, listener }
    return trainAll({ ...plan, checkpointing: undefined, showsSample: false })
  }

  #document(): SuiteDocument {
    const { arms, chains } = this.#gathered
    return { schema: SUITE_SCHEMA, environment: this.#environment(), arms, chains, failures: this.#failures() }
  }

  #environment(): RunsDocument['environment'] {
    return environmentOf(this.#backends, process.argv.slice(2))
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
    await leavePage(directory, runs, (line) => progress.note(line))
    progress.note(`written to ${directory.path}`)
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
