/** The plan of an experiment's arm on its data: what does not fit is found out here, before anything is trained. */
import { type ArmSpec, type Experiment, InputError, planFor, type TrainingPlan } from '@isograd/core'
import type { Dataset } from '@isograd/core/data'
import { messageOf } from '../errors/failure.js'
import type { Datasets } from './datasets.js'

/** An experiment with its data. */
export interface PlannedExperiment {
  readonly experiment: Experiment
  /** What the experiment is called in messages: a preset or a file. */
  readonly source: string
  readonly datasets: Pick<Datasets, 'of'>
}

/** A plan, and the whole data set that it was made from. */
export interface PlannedArm {
  readonly plan: TrainingPlan
  readonly dataset: Dataset
}

/** Plans an arm. @throws InputError that names experiment and arm; DownloadError */
export async function planArm(
  { experiment, source, datasets }: PlannedExperiment,
  armName: string,
  arm: ArmSpec,
): Promise<PlannedArm> {
  try {
    const dataset = await datasets.of(arm)
    return { plan: planFor({ armName, arm, dataset, registry: experiment.registry }), dataset }
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    throw new InputError('isograd', `${source}: ${messageOf(error).replace(/^\[\w+\] /, '')}`, { cause: error })
  }
}
