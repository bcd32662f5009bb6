/**
 * One training of a task: takes its directory, trains, from a checkpoint where there is one to go on from, and writes the
 * run. A run that an earlier process of the command has finished is only read. A backend that fails ends its own training only:
 * the runs of the others are worth having, and the failure is reported and counted.
 */
import { basename } from 'node:path'
import { type Checkpoint, checkResume, InputError, type Journal, type RunEvent, type RunRecord } from '@isograd/core'
import type { Backend } from '@isograd/core/backend'
import { differences, type TrainedPart } from '@isograd/core/compare'
import { hasCheckpoint, loadRun } from '@isograd/core/node'
import { recordDigest } from '../documents/command-plan.js'
import type { TestSample } from '../documents/predict-document.js'
import { RunStore, tidyRun } from '../documents/run-store.js'
import type { RunFailure } from '../documents/runs-document.js'
import { exitStatus } from '../errors/exit-status.js'
import { deliberateStatus, messageOf } from '../errors/failure.js'
import { planArm } from '../input/plan-arm.js'
import { predictDrawn } from './shown-sample.js'
import { trainRun } from './train-run.js'
import type { TrainingSubject, TrainingTask } from './training-task.js'

/** The run of a training, or its failure. */
export type TrainingOutcome =
  | {
      readonly ok: true
      readonly record: RunRecord
      readonly sample: TestSample | undefined
      /** Absent where an earlier process has trained it. */
      readonly stretches?: readonly TrainedPart[]
    }
  | { readonly ok: false; readonly failure: RunFailure }

/** Writes a finished run. @throws InputError; where there is a checkpoint, with how to go on from it. */
function save({ directory }: TrainingTask, { path }: TrainingSubject, store: RunStore | undefined, journal: Journal) {
  const record = journal.record()
  if (directory === undefined || path === undefined) return record
  try {
    const { chosen: weights, trained, last } = journal.end
    return directory.saveRun(path, { record, weights, trained, last }, journal.stretches())
  } catch (error) {
    if (store === undefined) throw error
    const cure = `its last checkpoint stands: make room, and go on with it (isograd resume ${store.path})`
    throw new InputError('isograd', `${messageOf(error).replace('[isograd] ', '')}; ${cure}`, { cause: error })
  }
}

/** The directory of a training that keeps checkpoints, and the one to go on from. */
interface Opened {
  readonly store?: RunStore
  readonly from?: Checkpoint
}

async function open(task: TrainingTask, { path, backend }: TrainingSubject): Promise<Opened> {
  const { checkpointing, directory, begun, experiment } = task
  if (checkpointing === undefined || directory === undefined || path === undefined) return {}
  const settings = { ...checkpointing.settings, backend: backend.asked }
  directory.keep()
  const goesOn = begun !== undefined && (await hasCheckpoint(path))
  if (goesOn) return RunStore.reopen(path, experiment.registry, settings, checkpointing.note)
  return { store: await RunStore.begin(path, settings, checkpointing.note) }
}

/** The finished run of a training that an earlier process of the command has left; undefined where there is none. */
async function leftRun({ begun, experiment }: TrainingTask, { path, arm }: TrainingSubject) {
  if (begun === undefined || path === undefined || (await hasCheckpoint(path))) return undefined
  const digest = recordDigest(path)
  if (digest === undefined || digest === begun.replaces[basename(path)]) return undefined
  const { record } = await loadRun(path, experiment.registry)
  if (differences(record.experiment, arm).length > 0) return undefined
  await tidyRun(path)
  return record
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
    const left = await leftRun(this.#task, this.#subject)
    if (left !== undefined) {
      positions.remove(this.#name)
      return { ok: true, record: left, sample: undefined }
    }
    const opened = await open(this.#task, this.#subject)
    try {
      const outcome = await this.#train(backend, advance, opened)
      positions.remove(this.#name)
      return outcome
    } catch (error) {
      const { signal } = this.#task.queue
      // A scan that was given up fails with the reason, in the backend's name.
      if (signal.aborted) throw signal.reason
      if (deliberateStatus(error) !== exitStatus.backend) throw error
      positions.remove(this.#name)
      return { ok: false, failure: this.#failureOf(error) }
    } finally {
      listener.stopped(this.#name)
      opened.store?.close()
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
    { store, from }: Opened,
  ): Promise<TrainingOutcome> {
    const { queue, showsSample } = this.#task
    const { armName, arm } = this.#subject
    const planned = await planArm(this.#task, armName, arm)
    if (from !== undefined) checkResume(from, planned.plan, planned.dataset)
    queue.signal.throwIfAborted()
    const event = this.#eventHandler(advance)
    const { signal, scanSeconds } = queue
    const goesOn = from === undefined ? {} : { from }
    const journal = await trainRun({ ...planned, ...goesOn, backend, signal, event, scanSeconds, store })
    store?.check()
    const record = save(this.#task, this.#subject, store, journal)
    await store?.finish()
    const sample = showsSample ? await predictDrawn(backend, planned.plan, journal) : undefined
    return { ok: true, record, sample, stretches: journal.stretches() }
  }

  #eventHandler(advance: (fraction: number) => void): (event: RunEvent) => void {
    const { positions, listener } = this.#task
    let steps = 1
    return (event) => {
      if (event.type === 'start') steps = event.steps
      if (event.type === 'steps') advance((event.first + event.losses.length) / steps)
      positions.update(this.#name, event)
      listener.event(this.#name, event)
    }
  }
}
