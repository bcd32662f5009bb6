/**
 * The arms of a check with their data. A check needs a few batches and not a data set, so without `--limit` only as many
 * samples are taken as its steps use, and half a batch more where a batch that is not whole is trained on as well.
 */
import { type ArmSpec, type CheckedArm, type Experiment, sampleCount, selectArms } from '@isograd/core'
import { defaultSteps } from '@isograd/core/compare'
import type { Datasets } from '../input/datasets.js'
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

/** The arm with as many samples as the check wants, or as there are. */
async function limitArm(name: string, arm: ArmSpec, settings: CheckSettings, datasets: Datasets): Promise<CheckedArm> {
  const held = arm.data.validation === undefined ? 1 : 1 - arm.data.validation
  const wanted = settings.limited ? Number.POSITIVE_INFINITY : Math.ceil(samplesFor(settings, arm) / held)
  const first = limited(arm, wanted, TEST_SAMPLES)
  const asked = Number.isFinite(first.data.limit) ? first : arm
  const dataset = await datasets.of(asked)
  const fitting = limited(asked, sampleCount(dataset.train), sampleCount(dataset.test))
  return { name, arm: fitting, dataset }
}

/** The chosen arms of an experiment. */
export async function checkedArms(
  whole: Experiment,
  settings: CheckSettings,
  datasets: Datasets,
): Promise<CheckedArm[]> {
  const { arms } = settings.run.arms === undefined ? whole : selectArms(whole, settings.run.arms)
  const checked: CheckedArm[] = []
  for (const [name, arm] of Object.entries(arms)) {
    // oxlint-disable-next-line no-await-in-loop -- one download at a time
    checked.push(await limitArm(name, arm, settings, datasets))
  }
  return checked
}
