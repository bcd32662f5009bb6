/** The part of rounding in the first steps of a finished run, where the data that it was trained on are at hand. */
import { InputError, planFor, type Registry, type RunRecord } from '@isograd/core'
import { type MeasureRounding, roundingOfPlan } from '@isograd/core/compare'
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

/** The data of a record. @throws InputError, DownloadError */
function dataOf({ experiment, dataset }: RunRecord, registry: Registry, signal: AbortSignal) {
  const datasets = new Datasets({ registry, dataDir: undefined, signal, onProgress: () => {} })
  return datasets.of(experiment, dataset.path)
}

/**
 * Measures it. Undefined where the data are not there, are others by now, or a step takes too long on the host.
 * @throws the signal's reason
 */
export async function roundingOfRun(
  run: FinishedRun,
  steps: number,
  registry: Registry,
  signal: AbortSignal,
): ReturnType<MeasureRounding> {
  const { arm: armName, experiment: arm, dataset: facts } = run.record
  try {
    requireAtHand(run, registry)
    const dataset = await dataOf(run.record, registry, signal)
    if (dataset.digest !== facts.digest) return undefined
    const plan = planFor({ armName, arm, dataset, registry, ...(await loadInitialWeights(arm)) })
    return await roundingOfPlan(plan, steps, signal)
  } catch (error) {
    if (error instanceof InputError) return undefined
    throw error
  }
}
