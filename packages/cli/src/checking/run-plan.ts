/** The plan of a finished run, where the data that it was trained on are at hand. */
import { InputError, planFor, type Registry, type TrainingPlan } from '@isograd/core'
import { type FinishedRun, loadInitialWeights } from '@isograd/core/node'
import { rememberedData } from '../documents/command-plan.js'
import { dataPathsOf, requireOwn, weightPathsOf } from '../documents/own-paths.js'
import { Datasets, isDrawn } from '../input/datasets.js'

/** @throws InputError where data or weights would be read from a place that the run alone names, or downloaded. */
function requireAtHand({ directory, record }: FinishedRun, registry: Registry): void {
  const { experiment, dataset } = record
  if (dataset.path === undefined && !isDrawn(registry, experiment.data.dataset)) {
    throw new InputError('isograd', `${directory}: its data would have to be downloaded`)
  }
  const paths = [...dataPathsOf(experiment, '.', dataset.path), ...weightPathsOf(experiment)]
  requireOwn(paths, rememberedData(directory).from, (path) => `name it: --data ${path}`)
}

/** The plan of a run. @throws InputError where its data are not there, are others by now, or are not to be opened */
export async function planOfRun(run: FinishedRun, registry: Registry, signal: AbortSignal): Promise<TrainingPlan> {
  const { arm: armName, experiment: arm, dataset: facts } = run.record
  requireAtHand(run, registry)
  const datasets = new Datasets({ registry, dataDir: undefined, signal, onProgress: () => {} })
  const dataset = await datasets.of(arm, facts.path)
  if (dataset.digest !== facts.digest) {
    throw new InputError('isograd', `${run.directory}: its data "${facts.name}" are others by now`)
  }
  return planFor({ armName, arm, dataset, registry, ...(await loadInitialWeights(arm)) })
}
