/** Prints a training for people while it goes on, in the order in which things become known. */
import type { Experiment, RunRecord } from '@isograd/core'
import type { Agreement } from '@isograd/core/compare'
import type { RunsDocument } from '../documents/runs-document.js'
import type { TestSample } from '../documents/predict-document.js'
import type { Datasets } from '../input/datasets.js'
import { heading } from '../text/layout.js'
import { paint, printable, type TerminalStyle } from '../text/terminal-style.js'
import { agreementReport, nothingToCompare } from './agreement.js'
import { experimentHeader, modelTable, sameModel } from './experiment.js'
import { testSampleLine } from './prediction.js'
import { runReport } from './run.js'
import { summary } from './summary.js'

/** The experiment that is reported on. */
export interface ReportSubject {
  readonly experiment: Experiment
  readonly backends: readonly string[]
  readonly datasets: Datasets
}

/** Prints sections one after the other. */
export class RunReporter {
  readonly #style: TerminalStyle
  readonly #subject: ReportSubject
  readonly #write: (text: string) => void

  constructor(style: TerminalStyle, subject: ReportSubject, write: (text: string) => void) {
    this.#style = style
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
    const model = ['', ...modelTable(this.#style, arm, dataset, experiment.registry)]
    if (arm === first) this.#print([...experimentHeader(this.#style, experiment, arm, dataset, backends), ...model])
    this.#print(['', heading(this.#style, name)])
    if (arm !== first && !sameModel(first, arm)) this.#print(model)
  }

  runEnds(record: RunRecord, sample?: TestSample): void {
    const shown = sample === undefined ? [] : [testSampleLine(this.#style, sample)]
    this.#print(['', ...runReport(this.#style, record), ...shown])
  }

  armEnds(agreement: readonly Agreement[], records: readonly RunRecord[]): void {
    if (records.length === 0) return
    const reports = agreement.flatMap((each) => ['', ...agreementReport(this.#style, each)])
    this.#print(reports.length > 0 ? reports : ['', ...nothingToCompare(records)])
  }

  /** @param about the runs that shared the machine, and the check that goes on from here. */
  end(
    { records, agreement, failures }: Pick<RunsDocument, 'agreement' | 'failures'> & { records: readonly RunRecord[] },
    about: { readonly jobs: number; readonly check?: string | undefined },
  ): void {
    if (records.length === 0) return
    const failed = new Set(
      failures.map(({ arm, backend }) => `  ${paint(this.#style, 'red', 'failed')}: ${arm} on ${printable(backend)}`),
    )
    const lines = summary(this.#style, records, agreement, about)
    this.#print(['', heading(this.#style, 'summary'), '', ...lines, ...(failed.size === 0 ? [] : ['', ...failed])])
  }

  #print(lines: readonly string[]): void {
    this.#write(`${lines.join('\n')}\n`)
  }
}
