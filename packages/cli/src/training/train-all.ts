/**
 * Trains every arm on every backend and reports in the order of the task, arm by arm, whatever the order in which
 * trainings end.
 */
import type { RunRecord } from '@isograd/core'
import { agreementOf } from '@isograd/core/compare'
import { checkNoUnfinishedRun } from '../documents/run-store.js'
import { workOf } from './durations.js'
import { planArm } from '../input/plan-arm.js'
import type { RunListener, TrainingResult, TrainingSubject, TrainingTask } from './training-task.js'
import { directoryOf, Training, type TrainingOutcome } from './training.js'

interface QueuedArm {
  readonly name: string
  readonly outcomes: readonly Promise<TrainingOutcome>[]
}

function subjectsOf({ experiment, backends }: TrainingTask): TrainingSubject[] {
  return Object.entries(experiment.arms).flatMap(([armName, arm]) =>
    backends.map((backend) => ({ armName, arm, backend })),
  )
}

/** A task whose arms are known to fit their data, with the work of each training of an arm. */
export interface CheckedTask {
  readonly task: TrainingTask
  readonly work: ReadonlyMap<string, number>
}

/**
 * Checks before anything is trained that every arm fits its data, and that no run replaces one that can be gone on with.
 * @throws InputError for the first that does not, or would.
 */
export async function checkTask(task: TrainingTask): Promise<CheckedTask> {
  const work = new Map<string, number>()
  for (const [name, arm] of Object.entries(task.experiment.arms)) {
    // oxlint-disable-next-line no-await-in-loop -- the first that does not fit is named
    work.set(name, workOf((await planArm(task, name, arm)).plan))
  }
  for (const subject of subjectsOf(task)) {
    const directory = directoryOf(task, subject)
    // oxlint-disable-next-line no-await-in-loop -- the first that is taken is named
    if (directory !== undefined) await checkNoUnfinishedRun(directory, subject.arm, task.experiment.registry)
  }
  return { task, work }
}

function queueAll({ task, work }: CheckedTask): QueuedArm[] {
  return Object.entries(task.experiment.arms).map(([name, arm]) => {
    const outcomes = task.backends.map((backend) => {
      const training = new Training(task, { armName: name, arm, backend })
      const run: Training['run'] = (lent, advance) => training.run(lent, advance)
      return task.queue.add({ backend, work: Number(work.get(name)), run })
    })
    return { name, outcomes }
  })
}

/** Reports an arm's trainings, each as soon as those before it are reported. */
async function reportArm({ name, outcomes }: QueuedArm, listener: RunListener): Promise<TrainingOutcome[]> {
  const reported: TrainingOutcome[] = []
  await listener.armBegins(name)
  for (const outcome of outcomes) {
    // oxlint-disable-next-line no-await-in-loop -- in the order of the task
    const result = await outcome
    reported.push(result)
    if (result.ok) listener.runEnds(result.record, result.sample)
    else listener.runFails(result.failure)
  }
  const records = recordsOf(reported)
  listener.armEnds(agreementOf(records), records)
  return reported
}

function recordsOf(outcomes: readonly TrainingOutcome[]): RunRecord[] {
  return outcomes.flatMap((outcome) => (outcome.ok ? [outcome.record] : []))
}

/**
 * Trains everything, after `checkTask`. Runs are saved as they end.
 * @throws the reason that stopped the queue, when nothing of the task runs any more.
 */
export async function trainAll(checked: CheckedTask): Promise<TrainingResult> {
  const { task } = checked
  const arms = queueAll(checked)
  const outcomes: TrainingOutcome[] = []
  try {
    // oxlint-disable-next-line no-await-in-loop -- in the order of the task
    for (const arm of arms) outcomes.push(...(await reportArm(arm, task.listener)))
  } catch (error) {
    task.queue.stop(error as Error)
    await Promise.allSettled(arms.flatMap((arm) => arm.outcomes))
    throw error
  }
  const records = recordsOf(outcomes)
  const failures = outcomes.flatMap((outcome) => (outcome.ok ? [] : [outcome.failure]))
  return { records, agreement: agreementOf(records), failures }
}
