/** Trains one arm on one backend, from the start or from a checkpoint, and keeps checkpoints where they are wanted. */
import { type Checkpoint, dataMarkOf, Journal, type RunEvent, train, type TrainOptions } from '@isograd/core'
import type { Backend } from '@isograd/core/backend'
import type { RunStore } from '../documents/run-store.js'
import type { PlannedArm } from '../input/plan-arm.js'

/** One run. */
export interface RunTask extends PlannedArm {
  readonly backend: Backend
  readonly signal: AbortSignal
  readonly event: (event: RunEvent) => void
  /** Takes checkpoints; undefined: there are none. */
  readonly store: RunStore | undefined
  readonly from?: Checkpoint
  /** Undefined: as core has it. */
  readonly scanSeconds?: number | undefined
  /** Epochs after which it is left, as far as it has come; undefined: it is trained to its end. */
  readonly mostEpochs?: number | undefined
}

function optionsOf({ plan, backend, signal, store, from, scanSeconds }: RunTask): TrainOptions {
  const state = from?.state
  return {
    plan,
    backend,
    signal,
    ...(store === undefined ? {} : { checkpointEvery: store.settings.every }),
    ...(state === undefined ? {} : { from: state }),
    ...(scanSeconds === undefined ? {} : { scanSeconds }),
  }
}

/** Trains a run to its end, or to the epoch where it is left. @throws the signal's reason, after a last checkpoint is kept; InputError, BackendError */
export async function trainRun(task: RunTask): Promise<Journal> {
  const { dataset, store, from } = task
  const journal = new Journal(dataMarkOf(dataset), from)
  for await (const event of train(optionsOf(task))) {
    journal.add(event)
    if (event.type === 'start' && from === undefined) await store?.save(journal.checkpoint())
    if (event.type === 'checkpoint') await store?.save(journal.checkpoint(event.state))
    task.event(event)
    if (event.type === 'epoch' && event.epoch + 1 === task.mostEpochs) break
  }
  return journal
}
