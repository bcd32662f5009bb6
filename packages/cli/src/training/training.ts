/**
 * One training of a plan: takes its directory, trains, writes what came of it. A backend that fails ends its own
 * training only: what the others make is worth having, and the failure is told and counted.
 */
import { type ArmSpec, type Backend, InputError, type Journal, type RunEvent, type RunRecord } from '@isograd/core'
import type { LoadedBackend } from '../backends/load.js'
import { exitStatus } from '../errors/exit-status.js'
import { deliberateStatus, messageOf } from '../errors/failure.js'
import type { RunFailure } from '../documents/runs-document.js'
import { type RunDirectory, runName } from '../documents/run-directory.js'
import { RunStore } from '../documents/run-store.js'
import { type ShownSample, showSample } from './shown-sample.js'
import type { TrainingPlan } from './train-all.js'
import { trainRun } from './train-run.js'

/** What came of a training. */
export type TrainingOutcome =
  | { readonly ok: true; readonly record: RunRecord; readonly sample: ShownSample | undefined }
  | { readonly ok: false; readonly failure: RunFailure }

/** Which arm is trained on which backend. */
export interface TrainingSubject {
  readonly armName: string
  readonly arm: ArmSpec
  readonly backend: LoadedBackend
}

/** The directory of a training's run; undefined where nothing is written. */
export function placeOf({ experiment, directory }: TrainingPlan, subject: TrainingSubject): string | undefined {
  const { armName, arm, backend } = subject
  const run = { preset: experiment.name, arm: armName, backend: backend.backend.name, seed: arm.seed }
  return directory?.placeOf(runName(run))
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

async function openStore(plan: TrainingPlan, subject: TrainingSubject): Promise<RunStore | undefined> {
  const { checkpointing } = plan
  const place = placeOf(plan, subject)
  if (checkpointing === undefined || place === undefined) return undefined
  return RunStore.begin(place, { ...checkpointing.settings, backend: subject.backend.asked }, checkpointing.note)
}

/** A training and what it tells while it goes on. */
export class Training {
  readonly #plan: TrainingPlan
  readonly #subject: TrainingSubject
  readonly #name: string

  constructor(plan: TrainingPlan, subject: TrainingSubject) {
    this.#plan = plan
    this.#subject = subject
    this.#name = plan.nameOf(subject)
    plan.whereabouts.plan(this.#name)
  }

  /** Trains on a backend. @throws whatever is no failure of the backend. */
  async run(backend: Backend, advance: (fraction: number) => void): Promise<TrainingOutcome> {
    const store = await openStore(this.#plan, this.#subject)
    try {
      const outcome = await this.#train(backend, advance, store)
      this.#plan.whereabouts.leave(this.#name)
      return outcome
    } catch (error) {
      if (deliberateStatus(error) !== exitStatus.backend) throw error
      this.#plan.whereabouts.leave(this.#name)
      return { ok: false, failure: this.#failureOf(error) }
    } finally {
      this.#plan.listener.leaves(this.#name)
      store?.close()
    }
  }

  #failureOf(error: unknown): RunFailure {
    const { armName, backend } = this.#subject
    const preset = this.#plan.experiment.name
    return { preset, arm: armName, backend: backend.backend.name, message: messageOf(error) }
  }

  async #train(
    backend: Backend,
    advance: (fraction: number) => void,
    store: RunStore | undefined,
  ): Promise<TrainingOutcome> {
    const { datasets, directory, queue, showsSample } = this.#plan
    const { armName, arm } = this.#subject
    const dataset = await datasets.of(arm)
    queue.signal.throwIfAborted()
    const event = this.#eventHandler(advance, store)
    const { signal, scanSeconds } = queue
    const task = { backend, armName, arm, dataset, signal, event, scanSeconds }
    const journal = await trainRun(store === undefined ? task : { ...task, store })
    saveRun(directory, store, journal)
    await store?.finish(journal.stretches())
    const sample = showsSample ? await showSample(backend, journal, dataset) : undefined
    return { ok: true, record: journal.record(), sample }
  }

  #eventHandler(advance: (fraction: number) => void, store: RunStore | undefined): (event: RunEvent) => void {
    const { whereabouts, listener } = this.#plan
    let steps = 1
    return (event) => {
      if (event.type === 'start') steps = event.steps
      if (event.type === 'steps') advance((event.first + event.losses.length) / steps)
      whereabouts.follow(this.#name, event, store?.path)
      listener.event(this.#name, event)
    }
  }
}
