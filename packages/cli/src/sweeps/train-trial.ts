/** Trains one trial as `isograd run` trains a run, and makes the small record that is kept of it. */
import type { ArmSpec, RunRecord } from '@isograd/core'
import type { Backend } from '@isograd/core/backend'
import { finalOf, judgedFacts, stringifyExactly } from '@isograd/core/compare'
import { sha256 } from '@isograd/core/node'
import type { Trial } from '@isograd/core/sweep'
import type { Datasets } from '../input/datasets.js'
import { type PlannedArm, planArm } from '../input/plan-arm.js'
import { trainRun } from '../training/train-run.js'
import type { DoneEntry } from '../documents/sweep-lines.js'
import type { PlannedSweep } from './sweep-file.js'
import type { TakenTrial } from './trial-queue.js'

/**
 * SHA-256 of all that a training computed: of its record without times, without the place of its data, and without what
 * computed it, so that other versions and other backends may come to the same.
 */
export function hashOfRecord({ epochs, dataset, ...record }: RunRecord): string {
  const left = { seconds: undefined, files: undefined, backend: undefined, backendInfo: undefined }
  const computed = { ...record, ...left, dataset: { ...dataset, path: undefined } }
  const untimed = epochs.map((epoch) => ({ ...epoch, seconds: undefined }))
  return sha256(Buffer.from(stringifyExactly({ ...computed, epochs: untimed })))
}

/** Plans a trial on its data. @throws InputError, DownloadError */
export function planTrial(planned: PlannedSweep, trial: Trial, datasets: Datasets): Promise<PlannedArm> {
  const experiment = planned.experimentOf(trial)
  const arm: ArmSpec = { ...(experiment.arms[trial.arm] as ArmSpec), seed: trial.seed }
  return planArm({ experiment, source: planned.written.source, datasets }, trial.arm, arm)
}

function measuresOf({ finals }: RunRecord): DoneEntry['finals'] {
  const tables = Object.entries(finals).map(([table, { loss, metrics }]) => {
    const measures = Object.entries(metrics).map(([key, { value, error }]) => [key, { value, error }])
    return [table, { loss, metrics: Object.fromEntries(measures) }]
  })
  return Object.fromEntries(tables) as DoneEntry['finals']
}

/** All that a trial is trained with. */
export interface TrialTools {
  readonly backend: Backend
  readonly datasets: Datasets
  readonly signal: AbortSignal
  /** Mark of the environment. */
  readonly on: string
}

/** Trains a trial that was taken to its end, or to the epoch where it is to end. @throws the signal's reason; what training throws */
export async function trainTrial(
  planned: PlannedSweep,
  trial: Trial,
  { epochs, mark }: Pick<TakenTrial, 'epochs' | 'mark'>,
  { backend, datasets, signal, on }: TrialTools,
): Promise<DoneEntry> {
  const began = performance.now()
  const { index, id, settings, arm, seed } = trial
  const task = { ...(await planTrial(planned, trial, datasets)), backend, signal, event: () => {}, store: undefined }
  const record = (await trainRun({ ...task, mostEpochs: epochs })).recordSoFar()
  const judgedOn = Object.hasOwn(record.finals, 'validation') ? 'validation' : record.judgedOn
  const { value, error } = finalOf({ ...record, judgedOn })
  const { label, better } = judgedFacts(record)
  return {
    trial: index,
    id,
    outcome: 'done',
    ...mark,
    settings,
    arm,
    seed,
    backend: trial.backend,
    end: record.end.reason,
    steps: record.losses.length,
    judgedBy: label,
    judged: { value, error },
    judgedOn,
    better,
    finals: measuresOf(record),
    losses: record.epochs.map(({ trainLoss }) => trainLoss),
    hash: hashOfRecord(record),
    on,
    seconds: (performance.now() - began) / 1000,
  }
}
