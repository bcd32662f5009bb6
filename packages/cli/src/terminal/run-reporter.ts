/** Prints a training for people while it goes on, in the order in which things become known. */
import type { Agreement, Experiment, RunRecord } from '@isograd/core'
import type { Datasets } from '../input/datasets.js'
import type { ShownSample } from '../training/shown-sample.js'
import type { TrainingResult } from '../training/train-all.js'
import { type Look } from '../text/terminal-style.js'
import { agreementReport, nothingToCompare } from './agreement.js'
import { experimentHeader, modelTable, sameModel } from './experiment.js'
import { heading } from '../text/layout.js'
import { shownSampleLine } from './prediction.js'
import { runReport } from './run.js'
import { summary } from './summary.js'

/** What is printed about. */
export interface ReportSubject {
  readonly experiment: Experiment
  readonly backends: readonly string[]
  readonly datasets: Datasets
}

/** Prints sections one after the other. */
export class RunReporter {
  readonly #look: Look
  readonly #subject: ReportSubject
  readonly #write: (text: string) => void

  constructor(look: Look, subject: ReportSubject, write: (text: string) => void) {
    this.#look = look
    this.#subject = subject
    this.#write = write
  }

  /** The experiment and its model, before the first arm; another model where an arm has its own. */
  async armBegins(name: string): Promise<void> {
    const { experiment, backends, datasets } = this.#subject
    const [first] = Object.values(experiment.arms)
    const arm = experiment.arms[name]
    if (first === undefined || arm === undefined) return
    const dataset = await datasets.of(arm)
    const model = ['', ...modelTable(this.#look, arm, dataset)]
    if (arm === first) this.#print([...experimentHeader(this.#look, experiment, arm, dataset, backends), ...model])
    this.#print(['', heading(this.#look, name)])
    if (arm !== first && !sameModel(first, arm)) this.#print(model)
  }

  runEnds(record: RunRecord, sample?: ShownSample): void {
    const shown = sample === undefined ? [] : [shownSampleLine(this.#look, sample)]
    this.#print(['', ...runReport(this.#look, record), ...shown])
  }

  armEnds(agreement: readonly Agreement[], records: readonly RunRecord[]): void {
    if (records.length === 0) return
    const reports = agreement.flatMap((each) => ['', ...agreementReport(this.#look, each)])
    this.#print(reports.length > 0 ? reports : ['', ...nothingToCompare(records)])
  }

  /** @param jobs how many runs shared the machine. */
  end({ records, agreement }: TrainingResult, jobs: number): void {
    if (records.length === 0) return
    this.#print(['', heading(this.#look, 'summary'), '', ...summary(this.#look, records, agreement, jobs)])
  }

  #print(lines: readonly string[]): void {
    this.#write(`${lines.join('\n')}\n`)
  }
}
