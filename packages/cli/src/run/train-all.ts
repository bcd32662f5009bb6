/**
 * Trains every arm on every backend, one run after the other. A backend that fails ends its own run only: what the
 * others make is worth having, and the failure is told and counted.
 */
import {
  type Agreement,
  agreementOf,
  type Experiment,
  recordOf,
  type RunEvent,
  type RunRecord,
  type TensorMap,
  train,
} from '@isograd/core'
import type { LoadedBackend } from '../backends/load.js'
import { exitStatus } from '../exit-status.js'
import { deliberateStatus, messageOf } from '../failure.js'
import { Interruption } from '../interrupt.js'
import type { Datasets } from './datasets.js'
import type { RunFailure } from './document.js'
import type { RunDirectory } from './run-directory.js'

/** Hears of every step of the work. */
export interface RunListener {
  readonly event: (event: RunEvent) => void
  readonly armBegins: (arm: string) => Promise<void>
  readonly runEnds: (record: RunRecord) => void
  readonly runFails: (failure: RunFailure) => void
  readonly armEnds: (agreement: readonly Agreement[], records: readonly RunRecord[]) => void
}

/** What to train, on what, and where it goes. */
export interface TrainingPlan {
  readonly experiment: Experiment
  readonly backends: readonly LoadedBackend[]
  readonly datasets: Datasets
  readonly directory: RunDirectory | undefined
  readonly signal: AbortSignal
  readonly listener: RunListener
}

/** What came of it. */
export interface TrainingResult {
  readonly records: readonly RunRecord[]
  readonly agreement: readonly Agreement[]
  readonly failures: readonly RunFailure[]
}

/** Where a run stands, for the message of an interruption. */
interface Position {
  readonly run: string
  readonly step: number
  readonly steps: number
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

function interruption(
  error: Interruption,
  at: Position | undefined,
  directory: RunDirectory | undefined,
): Interruption {
  const where = at === undefined ? 'before training' : `after step ${at.step} of ${at.steps} (${at.run})`
  const saved = directory?.saved ?? 0
  const left = saved === 0 ? 'nothing was written' : `${plural(saved, 'finished run')} in ${directory?.path ?? ''}`
  return new Interruption(error.status, `interrupted ${where}; ${left}`)
}

/** Parameters and layer states of the epoch that counts, without the optimizer's state. */
function weightsOf(events: readonly RunEvent[]): TensorMap {
  return events.find((event) => event.type === 'end')?.chosen ?? {}
}

/** Trains all runs of a plan and gathers what they leave. */
class Training {
  readonly #plan: TrainingPlan
  readonly #records: RunRecord[] = []
  readonly #failures: RunFailure[] = []
  #position: Position | undefined

  constructor(plan: TrainingPlan) {
    this.#plan = plan
  }

  async all(): Promise<TrainingResult> {
    const { experiment, directory } = this.#plan
    try {
      // oxlint-disable-next-line no-await-in-loop -- one run after the other
      for (const arm of Object.keys(experiment.arms)) await this.#arm(arm)
    } catch (error) {
      throw error instanceof Interruption ? interruption(error, this.#position, directory) : error
    }
    return { records: this.#records, agreement: agreementOf(this.#records), failures: this.#failures }
  }

  async #arm(arm: string): Promise<void> {
    const { backends, listener } = this.#plan
    await listener.armBegins(arm)
    for (const backend of backends) {
      // oxlint-disable-next-line no-await-in-loop
      await this.#run(arm, backend)
    }
    const records = this.#records.filter((record) => record.arm === arm)
    listener.armEnds(agreementOf(records), records)
  }

  async #run(arm: string, { backend }: LoadedBackend): Promise<void> {
    const { experiment, directory, listener } = this.#plan
    try {
      const events = await this.#train(arm, backend)
      const record = recordOf(events)
      directory?.saveRun(record, weightsOf(events))
      this.#records.push(record)
      listener.runEnds(record)
    } catch (error) {
      if (deliberateStatus(error) !== exitStatus.backend) throw error
      const failure = { preset: experiment.name, arm, backend: backend.name, message: messageOf(error) }
      this.#failures.push(failure)
      listener.runFails(failure)
    }
  }

  async #train(armName: string, backend: LoadedBackend['backend']): Promise<RunEvent[]> {
    const { experiment, datasets, signal, listener } = this.#plan
    const arm = experiment.arms[armName]
    if (arm === undefined) throw new Error(`internal: no arm "${armName}"`)
    const dataset = await datasets.of(arm)
    signal.throwIfAborted()
    const events: RunEvent[] = []
    for await (const event of train({ backend, armName, arm, dataset, signal })) {
      events.push(event)
      this.#follow(event, `${armName} on ${backend.name}`)
      listener.event(event)
    }
    return events
  }

  #follow(event: RunEvent, run: string): void {
    if (event.type === 'start') this.#position = { run, step: 0, steps: event.steps }
    if (event.type !== 'steps' || this.#position === undefined) return
    this.#position = { ...this.#position, step: event.first + event.losses.length }
  }
}

/**
 * Trains everything. Runs are saved as they end.
 * @throws Interruption that says how far it came; InputError when the experiment does not fit the data.
 */
export function trainAll(plan: TrainingPlan): Promise<TrainingResult> {
  return new Training(plan).all()
}
