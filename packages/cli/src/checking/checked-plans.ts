/**
 * The plans of a check. A check needs a few batches and not a data set, so without `--limit` only as many samples are taken
 * as its steps use, and half a batch more where a batch that is not whole is trained on as well, and a thousand to evaluate.
 */
import { type ArmSpec, selectArms, type TrainingPlan } from '@isograd/core'
import { defaultSteps } from '@isograd/core/compare'
import { heldSamples } from '@isograd/core/data'
import { dataOf, planArm, type PlannedExperiment } from '../input/plan-arm.js'
import type { CheckSettings } from './check-settings.js'

const TEST_SAMPLES = 1000

/** Samples that the longest of the modes trains on. */
function samplesFor({ modes, steps }: CheckSettings, { batchSize }: ArmSpec): number {
  const longest = modes.includes('run') ? defaultSteps.trained : defaultSteps.observed
  return (steps ?? longest) * batchSize + Math.max(1, Math.floor(batchSize / 2))
}

/** The arm with at most so many samples to train on, and to evaluate. */
function limited(arm: ArmSpec, train: number, test: number): ArmSpec {
  const { limit = train, testLimit = test } = arm.data
  return { ...arm, data: { ...arm.data, limit: Math.min(limit, train), testLimit: Math.min(testLimit, test) } }
}

/** Rows that a run of the arm trains on and is judged on. */
async function rowsOfRun(arm: ArmSpec, planned: PlannedExperiment): Promise<Record<string, number>> {
  const { limit = Number.POSITIVE_INFINITY, testLimit = Number.POSITIVE_INFINITY, validation = 0 } = arm.data
  const { train, test } = (await dataOf(planned, arm)).splits
  const samples = Math.min(limit, train.count)
  return { train: samples - heldSamples(validation, samples), ...(test && { test: Math.min(testLimit, test.count) }) }
}

/** The arm with as many samples as the check wants, or as there are. */
async function limitArm(arm: ArmSpec, settings: CheckSettings, planned: PlannedExperiment): Promise<ArmSpec> {
  const held = arm.data.validation === undefined ? 1 : 1 - arm.data.validation
  const wanted = settings.limited ? Number.POSITIVE_INFINITY : Math.ceil(samplesFor(settings, arm) / held)
  // Where the experiment says how many to evaluate, it means that.
  const { testLimit = TEST_SAMPLES } = arm.data
  const first = limited(arm, wanted, testLimit)
  const asked = Number.isFinite(first.data.limit) ? first : arm
  const { train, test } = (await dataOf(planned, asked)).splits
  return limited(asked, train.count, test === undefined ? testLimit : Math.min(testLimit, test.count))
}

/** Plans of a check, and the rows that a run of each has. */
export interface CheckedPlans {
  readonly plans: readonly TrainingPlan[]
  readonly rowsOfRuns: ReadonlyMap<TrainingPlan, Readonly<Record<string, number>>>
}

/** The plans of the chosen arms of an experiment. */
export async function checkedPlans(planned: PlannedExperiment, settings: CheckSettings): Promise<CheckedPlans> {
  const { experiment } = planned
  const { arms } = settings.run.arms === undefined ? experiment : selectArms(experiment, settings.run.arms)
  const rowsOfRuns = new Map<TrainingPlan, Readonly<Record<string, number>>>()
  for (const [name, arm] of Object.entries(arms)) {
    // oxlint-disable-next-line no-await-in-loop -- one download at a time
    const { plan } = await planArm(planned, name, await limitArm(arm, settings, planned))
    // To learn the size of data that are drawn takes as long as to draw them: single operations do not ask for it.
    const isOfSize = settings.modes.includes('step') || settings.modes.includes('run')
    // oxlint-disable-next-line no-await-in-loop
    rowsOfRuns.set(plan, isOfSize ? await rowsOfRun(arm, planned) : {})
  }
  return { plans: [...rowsOfRuns.keys()], rowsOfRuns }
}
