/**
 * One training of a task: takes its directory, trains, writes the run. A backend that fails ends its own training only:
 * the runs of the others are worth having, and the failure is reported and counted.
 */
import { InputError, type Journal, type RunEvent, type RunRecord } from '@isograd/core'
import type { Backend } from '@isograd/core/backend'
import type { TestSample } from '../documents/predict-document.js'
import { type RunDirectory, runName } from '../documents/run-directory.js'
import { RunStore } from '../documents/run-store.js'
import type { RunFailure } from '../documents/runs-document.js'
import { exitStatus } from '../errors/exit-status.js'
import { deliberateStatus, messageOf } from '../errors/failure.js'
import { planArm } from '../input/plan-arm.js'
import { predictDrawn } from './shown-sample.js'
import { trainRun } from './train-run.js'
import type { TrainingSubject, TrainingTask } from './training-task.js'

/** The run of a training, or its failure. */
export type TrainingOutcome =
  | { readonly ok: true; readonly record: RunRecord; readonly sample: TestSample | undefined }
  | { readonly ok: false; readonly failure: RunFailure }

/** The directory of a training's run; undefined where nothing is written. */
export function directoryOf({ experiment, directory }: TrainingTask, subject: TrainingSubject): string | undefined {
  const { armName, arm, backend } = subject
  const run = { preset: experiment.name, arm: armName, backend: backend.backend.name, seed: arm.seed }
  return directory?.pathOf(runName(run))
}

/** Writes a finished run. @throws InputError; where there is a checkpoint, with how to go on from it. */
function saveRun(directory: RunDirectory | undefined, store: RunStore | undefined, journal: Journal): void {
  try {
    directory?.saveRun(journal.record(), journal.end)
  } catch (error) {
    if (store === undefined) throw error
    const cure = `its last checkpoint stands: make room, and go on with it (isograd resume ${store.path})`
    throw new InputError('isograd', `${messageOf(error).replace('[isograd] ', '')}; ${cure}`, { cause: error })
  }
}

async function openStore(task: TrainingTask, subject: TrainingSubject): Promise<RunStore | undefined> {
  const { checkpointing } = task
  const directory = directoryOf(task, subject)
  if (checkpointing === undefined || directory === undefined) return undefined
  return RunStore.begin(directory, { ...checkpointing.settings, backend: subject.backend.asked }, checkpointing.note)
}

/** A training with its name. */
export class Training {
  readonly #task: TrainingTask
  readonly #subject: TrainingSubject
  readonly #name: string

  constructor(task: TrainingTask, subject: TrainingSubject) {
    this.#task = task
    this.#subject = subject
    this.#name = task.nameOf(subject)
    task.positions.add(this.#name)
  }

  /** Trains on a backend. @throws every error that is no failure of the backend. */
  async run(backend: Backend, advance: (fraction: number) => void): Promise<TrainingOutcome> {
    const { positions, listener } = this.#task
    const store = await openStore(this.#task, this.#subject)
    try {
      const outcome = await this.#train(backend, advance, store)
      positions.remove(this.#name)
      return outcome
    } catch (error) {
      if (deliberateStatus(error) !== exitStatus.backend) throw error
      positions.remove(this.#name)
      return { ok: false, failure: this.#failureOf(error) }
    } finally {
      listener.stopped(this.#name)
      store?.close()
    }
  }

  #failureOf(error: unknown): RunFailure {
    const { armName, backend } = this.#subject
    const preset = this.#task.experiment.name
    return { preset, arm: armName, backend: backend.backend.name, message: messageOf(error) }
  }

  async #train(
    backend: Backend,
    advance: (fraction: number) => void,
    store: RunStore | undefined,
  ): Promise<TrainingOutcome> {
    const { directory, queue, showsSample } = this.#task
    const { armName, arm } = this.#subject
    const planned = await planArm(this.#task, armName, arm)
    queue.signal.throwIfAborted()
    const event = this.#eventHandler(advance, store)
    const { signal, scanSeconds } = queue
    const journal = await trainRun({ ...planned, backend, signal, event, scanSeconds, store })
    saveRun(directory, store, journal)
    await store?.finish(journal.stretches())
    const sample = showsSample ? await predictDrawn(backend, planned.plan, journal) : undefined
    return { ok: true, record: journal.record(), sample }
  }

  #eventHandler(advance: (fraction: number) => void, store: RunStore | undefined): (event: RunEvent) => void {
    const { positions, listener } = this.#task
    let steps = 1
    return (event) => {
      if (event.type === 'start') steps = event.steps
      if (event.type === 'steps') advance((event.first + event.losses.length) / steps)
      positions.update(this.#name, event, store?.path)
      listener.event(this.#name, event)
    }
  }
}
