/**
 * The plans of a check. A check needs a few batches and not a data set, so without `--limit` only as many samples are taken
 * as its steps use, and half a batch more where a batch that is not whole is trained on as well.
 */
import { type ArmSpec, selectArms, type TrainingPlan } from '@isograd/core'
import { defaultSteps } from '@isograd/core/compare'
import { dataOf, planArm, type PlannedExperiment } from '../input/plan-arm.js'
import type { CheckSettings } from './check-settings.js'

const TEST_SAMPLES = 1000

/** Samples that the longest of the modes trains on. */
function samplesFor({ modes, steps }: CheckSettings, { batchSize }: ArmSpec): number {
  const longest = modes.includes('run') ? defaultSteps.trained : defaultSteps.observed
  return (steps ?? longest) * batchSize + Math.max(1, Math.floor(batchSize / 2))
}

function limited(arm: ArmSpec, train: number, test: number): ArmSpec {
  const { limit = train, testLimit = test } = arm.data
  return { ...arm, data: { ...arm.data, limit: Math.min(limit, train), testLimit: Math.min(testLimit, test) } }
}

/** Whole batches of an epoch of a run of the arm. */
async function batchesOfRun(arm: ArmSpec, planned: PlannedExperiment): Promise<number> {
  const { limit = Number.POSITIVE_INFINITY, validation = 0 } = arm.data
  const { train } = (await dataOf(planned, arm)).splits
  return Math.floor((Math.min(limit, train.count) * (1 - validation)) / arm.batchSize)
}

/** The arm with as many samples as the check wants, or as there are. */
async function limitArm(arm: ArmSpec, settings: CheckSettings, planned: PlannedExperiment): Promise<ArmSpec> {
  const held = arm.data.validation === undefined ? 1 : 1 - arm.data.validation
  const wanted = settings.limited ? Number.POSITIVE_INFINITY : Math.ceil(samplesFor(settings, arm) / held)
  const first = limited(arm, wanted, TEST_SAMPLES)
  const asked = Number.isFinite(first.data.limit) ? first : arm
  const { train, test } = (await dataOf(planned, asked)).splits
  return limited(asked, train.count, test === undefined ? TEST_SAMPLES : test.count)
}

/** Plans of a check, and how many whole batches an epoch has in a run of each. */
export interface CheckedPlans {
  readonly plans: readonly TrainingPlan[]
  readonly batchesOfRuns: ReadonlyMap<TrainingPlan, number>
}

/** The plans of the chosen arms of an experiment. */
export async function checkedPlans(planned: PlannedExperiment, settings: CheckSettings): Promise<CheckedPlans> {
  const { experiment } = planned
  const { arms } = settings.run.arms === undefined ? experiment : selectArms(experiment, settings.run.arms)
  const batchesOfRuns = new Map<TrainingPlan, number>()
  for (const [name, arm] of Object.entries(arms)) {
    // oxlint-disable-next-line no-await-in-loop -- one download at a time
    const { plan } = await planArm(planned, name, await limitArm(arm, settings, planned))
    // Scans belong to the mode `step`; to learn the size of data that are drawn takes as long as to draw them.
    // oxlint-disable-next-line no-await-in-loop
    batchesOfRuns.set(plan, settings.modes.includes('step') ? await batchesOfRun(arm, planned) : 0)
  }
  return { plans: [...batchesOfRuns.keys()], batchesOfRuns }
}
