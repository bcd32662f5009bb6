/**
 * Trains every arm on every backend and tells of it in the order of the plan, arm by arm, whatever the order in which
 * trainings end.
 */
import { type Agreement, agreementOf, checkFit, type Experiment, type RunEvent, type RunRecord } from '@isograd/core'
import type { LoadedBackend } from '../backends/load.js'
import type { Datasets } from '../input/datasets.js'
import type { RunFailure } from '../documents/runs-document.js'
import { workOf } from './expectations.js'
import type { ResumeSettings } from '../documents/resume-settings.js'
import type { RunDirectory } from '../documents/run-directory.js'
import { checkNoUnfinishedRun } from '../documents/run-store.js'
import type { ShownSample } from './shown-sample.js'
import { placeOf, Training, type TrainingOutcome, type TrainingSubject } from './training.js'
import type { TrainingQueue } from './training-queue.js'
import type { Whereabouts } from './run-positions.js'

/** Hears of every step of the work: of events as they happen, of all else in the order of the plan. */
export interface RunListener {
  /** @param run the name of the run, by `nameOf` of its plan. */
  readonly event: (run: string, event: RunEvent) => void
  /** The run goes on no further, however it ended. */
  readonly leaves: (run: string) => void
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
  readonly datasets: Pick<Datasets, 'of'>
  readonly directory: RunDirectory | undefined
  /** Undefined: none. Needs a directory. */
  readonly checkpointing: Checkpointing | undefined
  /** Whether each run shows what its model makes of a test sample. */
  readonly showsSample: boolean
  readonly queue: TrainingQueue
  readonly whereabouts: Whereabouts
  /** A name for a training that no other of the command has. */
  readonly nameOf: (subject: TrainingSubject) => string
  readonly listener: RunListener
}

/** What came of it. */
export interface TrainingResult {
  readonly records: readonly RunRecord[]
  readonly agreement: readonly Agreement[]
  readonly failures: readonly RunFailure[]
}

interface QueuedArm {
  readonly name: string
  readonly outcomes: readonly Promise<TrainingOutcome>[]
}

function subjectsOf({ experiment, backends }: TrainingPlan): TrainingSubject[] {
  return Object.entries(experiment.arms).flatMap(([armName, arm]) =>
    backends.map((backend) => ({ armName, arm, backend })),
  )
}

/**
 * What can be found out before anything is trained: every arm fits its data, and no run takes the place of one that can
 * be gone on with.
 * @throws InputError for the first that does not, or would.
 */
export async function checkPlan(plan: TrainingPlan): Promise<void> {
  for (const [name, arm] of Object.entries(plan.experiment.arms)) {
    // oxlint-disable-next-line no-await-in-loop -- the first that does not fit is told
    checkFit(name, arm, await plan.datasets.of(arm))
  }
  for (const subject of subjectsOf(plan)) {
    const place = placeOf(plan, subject)
    // oxlint-disable-next-line no-await-in-loop -- the first that is taken is told
    if (place !== undefined) await checkNoUnfinishedRun(place, subject.arm)
  }
}

function queueAll(plan: TrainingPlan): QueuedArm[] {
  const queued = subjectsOf(plan).map((subject) => {
    const { armName, arm, backend } = subject
    const training = new Training(plan, subject)
    const run: Training['run'] = (lent, advance) => training.run(lent, advance)
    return { armName, outcome: plan.queue.add({ backend, work: workOf(arm), run }) }
  })
  return Object.keys(plan.experiment.arms).map((name) => ({
    name,
    outcomes: queued.filter(({ armName }) => armName === name).map(({ outcome }) => outcome),
  }))
}

/** Tells of an arm's trainings, each as soon as those before it are told. */
async function tellArm({ name, outcomes }: QueuedArm, listener: RunListener): Promise<TrainingOutcome[]> {
  const told: TrainingOutcome[] = []
  await listener.armBegins(name)
  for (const outcome of outcomes) {
    // oxlint-disable-next-line no-await-in-loop -- in the order of the plan
    const result = await outcome
    told.push(result)
    if (result.ok) listener.runEnds(result.record, result.sample)
    else listener.runFails(result.failure)
  }
  const records = recordsOf(told)
  listener.armEnds(agreementOf(records), records)
  return told
}

function recordsOf(outcomes: readonly TrainingOutcome[]): RunRecord[] {
  return outcomes.flatMap((outcome) => (outcome.ok ? [outcome.record] : []))
}

/**
 * Trains everything. Runs are saved as they end. Places are checked before.
 * @throws what stopped the queue, when nothing of the plan runs any more.
 */
export async function trainAll(plan: TrainingPlan): Promise<TrainingResult> {
  const arms = queueAll(plan)
  const outcomes: TrainingOutcome[] = []
  try {
    // oxlint-disable-next-line no-await-in-loop -- in the order of the plan
    for (const arm of arms) outcomes.push(...(await tellArm(arm, plan.listener)))
  } catch (error) {
    plan.queue.stop(error as Error)
    await Promise.allSettled(arms.flatMap((arm) => arm.outcomes))
    throw error
  }
  const records = recordsOf(outcomes)
  const failures = outcomes.flatMap((outcome) => (outcome.ok ? [] : [outcome.failure]))
  return { records, agreement: agreementOf(records), failures }
}
