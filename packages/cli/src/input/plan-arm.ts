/** The plan of an experiment's arm on its data: what does not fit is found out here, before anything is trained. */
import { basename } from 'node:path'
import { type ArmSpec, type Experiment, InputError, planFor, type TrainingPlan } from '@isograd/core'
import { FieldError, parsePath } from '@isograd/core/compare'
import type { Dataset } from '@isograd/core/data'
import { deliberateStatus, messageOf } from '../errors/failure.js'
import { placeIn } from '../errors/stack-place.js'
import type { Datasets } from './datasets.js'

/** An experiment with its data. */
export interface PlannedExperiment {
  readonly experiment: Experiment
  /** The experiment's name in messages: a preset or a file. */
  readonly source: string
  readonly datasets: Pick<Datasets, 'of' | 'weightsOf'>
}

/** A plan, and the whole data set that it was made from. */
export interface PlannedArm {
  readonly plan: TrainingPlan
  readonly dataset: Dataset
}

/** Does work whose errors name the experiment; what is no error of isograd's own comes from a module, where there is one. */
async function inExperiment<T>({ experiment, source }: PlannedExperiment, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const modules = experiment.registry.modules.map(({ name }) => name)
    const isModule = (path: string): boolean => modules.some((name) => basename(name) === basename(path))
    const isForeign = modules.length > 0 && deliberateStatus(error) === undefined
    if (!isForeign && !(error instanceof InputError)) throw error
    const place = isForeign ? `${source}: with ${modules.join(' and ')}` : source
    const problem = `${messageOf(error).replace(/^\[\w+\] /, '')}${isForeign ? placeIn(error, isModule) : ''}`
    throw new InputError('isograd', `${place}: ${problem}`, { cause: error })
  }
}

/** The data set of an arm. @throws InputError that names the experiment; DownloadError */
export function dataOf(planned: PlannedExperiment, arm: ArmSpec): Promise<Dataset> {
  return inExperiment(planned, () => planned.datasets.of(arm))
}

/** Lowers what a training needs, so that a module of the user's whose records do not work is found out. */
function lowerAll(plan: TrainingPlan): void {
  const evaluations = Object.keys(plan.tables).map((table) => `evaluate:${table}` as const)
  for (const role of [plan.stepRole, 'probe', 'units', ...evaluations] as const) plan.program(role)
}

/** Does work on an arm whose errors name the line of the field that does not fit. */
async function located<T>(
  { experiment: { locate } }: PlannedExperiment,
  arm: string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof FieldError) || locate === undefined) throw error
    const { path, problem } = error
    const place = locate(arm, parsePath(path))
    throw new FieldError(path, problem, { where: `arm "${arm}": `, place }, { cause: error })
  }
}

/** Plans an arm. @throws InputError that names experiment and arm; DownloadError */
export function planArm(planned: PlannedExperiment, armName: string, arm: ArmSpec): Promise<PlannedArm> {
  const { registry } = planned.experiment
  return inExperiment(planned, async () => {
    const dataset = await planned.datasets.of(arm)
    const plan = await located(planned, armName, async () =>
      planFor({ armName, arm, dataset, registry, ...(await planned.datasets.weightsOf(arm)) }),
    )
    if (registry.modules.length > 0) lowerAll(plan)
    return { plan, dataset }
  })
}
