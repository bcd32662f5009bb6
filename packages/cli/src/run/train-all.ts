/**
 * Trains every arm on every backend, one run after the other. A backend that fails ends its own run only: what the
 * others make is worth having, and the failure is told and counted.
 */
import {
  type Agreement,
  agreementOf,
  type Experiment,
  InputError,
  type Journal,
  type RunEvent,
  type RunRecord,
} from '@isograd/core'
import type { LoadedBackend } from '../backends/load.js'
import { exitStatus } from '../exit-status.js'
import { deliberateStatus, messageOf } from '../failure.js'
import { Interruption } from '../interrupt.js'
import type { Datasets } from './datasets.js'
import type { RunFailure } from './document.js'
import { type RunDirectory, runName } from './run-directory.js'
import type { ResumeSettings } from './resume-settings.js'
import { checkNoUnfinishedRun, RunStore } from './run-store.js'
import { type ShownSample, showSample } from './shown-sample.js'
import { trainRun } from './train-run.js'

/** Hears of every step of the work. */
export interface RunListener {
  readonly event: (event: RunEvent) => void
  readonly armBegins: (arm: string) => Promise<void>
  readonly runEnds: (record: RunRecord, sample: ShownSample | undefined) => void
  readonly runFails: (failure: RunFailure) => void
  readonly armEnds: (agreement: readonly Agreement[], records: readonly RunRecord[]) => void
}

/** Checkpoints on the way, in the directory of the run. */
export interface Checkpointing {
  readonly settings: Omit<ResumeSettings, 'backend'>
  readonly note: (text: string) => void
}

/** What to train, on what, and where it goes. */
export interface TrainingPlan {
  readonly experiment: Experiment
  readonly backends: readonly LoadedBackend[]
  readonly datasets: Datasets
  readonly directory: RunDirectory | undefined
  /** Undefined: none. Needs a directory. */
  readonly checkpointing: Checkpointing | undefined
  /** Whether each run shows what its model makes of a test sample. */
  readonly showsSample: boolean
  readonly signal: AbortSignal
  readonly listener: RunListener
}

/** What came of it. */
export interface TrainingResult {
  readonly records: readonly RunRecord[]
  readonly agreement: readonly Agreement[]
  readonly failures: readonly RunFailure[]
}

interface TrainedRun {
  readonly record: RunRecord
  readonly sample: ShownSample | undefined
}

/** Where a run stands, for the message of an interruption. */
interface Position {
  readonly run: string
  readonly step: number
  readonly steps: number
  /** The directory of a run that can be gone on with. */
  readonly store: string | undefined
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
  const kept = at?.store === undefined ? [] : [`go on with it: isograd resume ${at.store}`]
  const finished = saved === 0 ? [] : [`${plural(saved, 'finished run')} in ${directory?.path ?? ''}`]
  const left = [...kept, ...finished]
  return new Interruption(
    error.status,
    `interrupted ${where}; ${left.length === 0 ? 'nothing was written' : left.join('; ')}`,
  )
}

/** Writes a finished run. @throws InputError; where there is a checkpoint, with what that is good for. */
function saveRun(directory: RunDirectory | undefined, store: RunStore | undefined, journal: Journal): void {
  try {
    directory?.saveRun(journal.record(), journal.end.chosen)
  } catch (error) {
    if (store === undefined) throw error
    const cure = `its last checkpoint stands: make room, and go on with it (isograd resume ${store.path})`
    throw new InputError('isograd', `${messageOf(error).replace('[isograd] ', '')}; ${cure}`, { cause: error })
  }
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
    await this.#checkPlaces()
    try {
      // oxlint-disable-next-line no-await-in-loop -- one run after the other
      for (const arm of Object.keys(experiment.arms)) await this.#arm(arm)
    } catch (error) {
      throw error instanceof Interruption ? interruption(error, this.#position, directory) : error
    }
    return { records: this.#records, agreement: agreementOf(this.#records), failures: this.#failures }
  }

  /** No run may take the place of one that can be gone on with: found out before anything is trained. */
  async #checkPlaces(): Promise<void> {
    const { experiment, backends } = this.#plan
    for (const [name, arm] of Object.entries(experiment.arms)) {
      for (const backend of backends) {
        const place = this.#placeOf(name, backend)
        // oxlint-disable-next-line no-await-in-loop -- the first that is taken is told
        if (place !== undefined) await checkNoUnfinishedRun(place, arm)
      }
    }
  }

  #placeOf(arm: string, { backend }: LoadedBackend): string | undefined {
    const { experiment, directory } = this.#plan
    const { seed = 0 } = experiment.arms[arm] ?? {}
    return directory?.placeOf(runName({ preset: experiment.name, arm, backend: backend.name, seed }))
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

  async #run(arm: string, backend: LoadedBackend): Promise<void> {
    const { experiment, listener } = this.#plan
    const store = await this.#openStore(arm, backend)
    try {
      const { record, sample } = await this.#train(arm, backend, store)
      this.#records.push(record)
      listener.runEnds(record, sample)
    } catch (error) {
      if (deliberateStatus(error) !== exitStatus.backend) throw error
      const failure = { preset: experiment.name, arm, backend: backend.backend.name, message: messageOf(error) }
      this.#failures.push(failure)
      listener.runFails(failure)
    } finally {
      store?.close()
    }
  }

  async #openStore(arm: string, backend: LoadedBackend): Promise<RunStore | undefined> {
    const { checkpointing } = this.#plan
    const place = this.#placeOf(arm, backend)
    if (checkpointing === undefined || place === undefined) return undefined
    return RunStore.begin(place, { ...checkpointing.settings, backend: backend.asked }, checkpointing.note)
  }

  async #train(armName: string, { backend }: LoadedBackend, store: RunStore | undefined): Promise<TrainedRun> {
    const { experiment, datasets, directory, signal, listener } = this.#plan
    const arm = experiment.arms[armName]
    if (arm === undefined) throw new Error(`internal: no arm "${armName}"`)
    const dataset = await datasets.of(arm)
    signal.throwIfAborted()
    const event = (each: RunEvent): void => {
      this.#follow(each, `${armName} on ${backend.name}`, store?.path)
      listener.event(each)
    }
    const task = { backend, armName, arm, dataset, signal, event }
    const journal = await trainRun(store === undefined ? task : { ...task, store })
    const record = journal.record()
    saveRun(directory, store, journal)
    await store?.finish(journal.stretches())
    if (this.#position !== undefined) this.#position = { ...this.#position, store: undefined }
    return { record, sample: this.#plan.showsSample ? await showSample(backend, journal, dataset) : undefined }
  }

  #follow(event: RunEvent, run: string, store: string | undefined): void {
    if (event.type === 'start') this.#position = { run, step: 0, steps: event.steps, store }
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
