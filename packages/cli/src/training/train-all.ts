/**
 * Trains every arm on every backend and reports in the order of the task, arm by arm, whatever the order in which
 * trainings end.
 */
import type { ArmSpec, RunRecord } from '@isograd/core'
import { type Agreement, agreementOf, roundingOfPlan, withRounding } from '@isograd/core/compare'
import { checkRunPlace } from '../documents/run-store.js'
import type { BackendFailure } from '../backends/load.js'
import type { RunFailure } from '../documents/runs-document.js'
import { workOf } from './durations.js'
import { planArm } from '../input/plan-arm.js'
import type { TrainingResult, TrainingSubject, TrainingTask } from './training-task.js'
import { Training, type TrainingOutcome } from './training.js'

interface QueuedArm {
  readonly name: string
  readonly subjects: readonly TrainingSubject[]
  readonly outcomes: readonly Promise<TrainingOutcome>[]
}

/** The trainings of an arm: seed by seed, each on every backend. */
function subjectsOf(task: TrainingTask, armName: string, spec: ArmSpec): TrainingSubject[] {
  const { experiment, backends, backendNames, directory, seeds = [spec.seed] } = task
  return seeds.flatMap((seed) =>
    backends.map((backend, i): TrainingSubject => {
      const names = { preset: experiment.name, arm: armName, backend: backendNames[i] ?? backend.backend.name }
      return { armName, arm: { ...spec, seed }, backend, path: directory?.pathOf({ ...names, seed }) }
    }),
  )
}

/** A task whose arms are known to fit their data, with the work of each training of an arm. */
export interface CheckedTask {
  readonly task: TrainingTask
  readonly work: ReadonlyMap<string, number>
}

/**
 * Checks before anything is trained that every arm fits its data, and that no run replaces one that can be gone on with.
 * @param warn told of finished runs of other experiments that will be replaced.
 * @throws InputError for the first that does not, or would.
 */
export async function checkTask(task: TrainingTask, warn: (text: string) => void): Promise<CheckedTask> {
  const work = new Map<string, number>()
  for (const [name, spec] of Object.entries(task.experiment.arms)) {
    // oxlint-disable no-await-in-loop -- the first that does not fit, or is taken, is named
    const { plan, dataset } = await planArm(task, name, spec)
    work.set(name, workOf(plan))
    for (const { path, arm } of subjectsOf(task, name, spec)) {
      if (path === undefined) continue
      const warning = await checkRunPlace(path, arm, dataset, task.experiment.registry, task.begun !== undefined)
      if (warning !== undefined) warn(warning)
    }
    // oxlint-enable no-await-in-loop
  }
  return { task, work }
}

function queueAll({ task, work }: CheckedTask): QueuedArm[] {
  return Object.entries(task.experiment.arms).map(([name, arm]) => {
    const subjects = subjectsOf(task, name, arm)
    const outcomes = subjects.map((subject) => {
      const training = new Training(task, subject)
      const run: Training['run'] = (lent, advance) => training.run(lent, advance)
      return task.queue.add({ backend: subject.backend, work: Number(work.get(name)), run })
    })
    return { name, subjects, outcomes }
  })
}

/**
 * The trainings of an arm, whose records have the part of rounding where they cannot be judged without it. @throws InputError;
 * the reason that stopped the queue
 */
async function judgeable(
  task: TrainingTask,
  subjects: readonly TrainingSubject[],
  outcomes: readonly TrainingOutcome[],
): Promise<TrainingOutcome[]> {
  const { directory, queue } = task
  const records = recordsOf(outcomes)
  const measured = await withRounding(records, async ({ arm, experiment: spec }, extent) => {
    const { plan } = await planArm(task, arm, spec)
    return roundingOfPlan(plan, extent, queue.signal)
  })
  return outcomes.map((outcome, i) => {
    if (!outcome.ok) return outcome
    const record = measured[records.indexOf(outcome.record)] ?? outcome.record
    const path = subjects[i]?.path
    if (record !== outcome.record && path !== undefined) directory?.saveRecord(path, record)
    return { ...outcome, record }
  })
}

/** The trainings of an arm, each reported as soon as those before it are. */
async function trainedArm(task: TrainingTask, { name, subjects, outcomes }: QueuedArm): Promise<TrainingOutcome[]> {
  const { listener } = task
  const reported: TrainingOutcome[] = []
  await listener.armBegins(name)
  for (const [i, outcome] of outcomes.entries()) {
    // oxlint-disable-next-line no-await-in-loop -- in the order of the task
    const result = await outcome
    reported.push(result)
    if (result.ok) listener.runEnds(result.record, result.sample)
    else listener.runFails(result.failure, subjects[i]?.backend.asked)
  }
  return judgeable(task, subjects, reported)
}

function recordsOf(outcomes: readonly TrainingOutcome[]): RunRecord[] {
  return outcomes.flatMap((outcome) => (outcome.ok ? [outcome.record] : []))
}

/** The runs of backends that failed before they could be used, or after. */
function lostRuns({ experiment }: Pick<TrainingTask, 'experiment'>, lost: readonly BackendFailure[]): RunFailure[] {
  const arms = Object.keys(experiment.arms)
  return arms.flatMap((arm) => lost.map((failure) => ({ preset: experiment.name, arm, ...failure })))
}

/** The agreement of runs; of backends that failed as they were disposed of nothing agrees. */
function agreementDespite(failed: readonly BackendFailure[], records: readonly RunRecord[]): Agreement[] {
  return agreementOf(records).map((each) => {
    const reason = failed.find(({ backend }) => each.backends.includes(backend))?.message
    return reason === undefined || each.verdict !== 'agree' ? each : { ...each, verdict: 'inconclusive', reason }
  })
}

/**
 * Trains everything, after `checkTask`. Runs are saved as they end.
 * @throws the reason that stopped the queue, when nothing of the task runs any more.
 */
export async function trainAll(checked: CheckedTask): Promise<TrainingResult> {
  const { task } = checked
  const { listener } = task
  const arms = queueAll(checked)
  const outcomes: TrainingOutcome[] = []
  let failed: readonly BackendFailure[] = []
  try {
    for (const arm of arms) {
      // oxlint-disable no-await-in-loop -- in the order of the task
      const trained = await trainedArm(task, arm)
      if (arm === arms.at(-1)) failed = (await task.atEnd?.()) ?? []
      // oxlint-enable no-await-in-loop
      for (const failure of lostRuns(task, failed)) listener.runFails(failure)
      const records = recordsOf(trained)
      listener.armEnds(agreementDespite(failed, records), records)
      outcomes.push(...trained)
    }
  } catch (error) {
    task.queue.stop(error as Error)
    await Promise.allSettled(arms.flatMap((arm) => arm.outcomes))
    throw error
  }
  const records = recordsOf(outcomes)
  const failures = [
    ...lostRuns(task, [...task.lost, ...failed]),
    ...outcomes.flatMap((outcome) => (outcome.ok ? [] : [outcome.failure])),
  ]
  const [only, ...others] = outcomes
  const stretches = only?.ok === true && others.length === 0 ? only.stretches : undefined
  return {
    records,
    agreement: agreementDespite(failed, records),
    failures,
    ...(stretches === undefined ? {} : { stretches }),
  }
}
