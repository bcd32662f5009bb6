/** The data of a sweep, tried before anything is trained. */
import type { Registry } from '@isograd/core'
import type { TransferProgress } from '@isograd/core/node'
import { Datasets } from '../input/datasets.js'
import type { PlannedSweep } from './sweep-file.js'
import { planTrial } from './train-trial.js'

/**
 * Plans the first trial of each arm: what does not fit the data, or is still to be downloaded, is told before workers begin.
 * @returns digests of data in own files, by arm: others under the same name would be another sweep.
 */
export async function tryData(
  planned: PlannedSweep,
  registry: Registry,
  dataDir: string | undefined,
  onProgress: (progress: TransferProgress) => void,
  signal: AbortSignal,
): Promise<Record<string, string>> {
  const { plan, written } = planned
  const source = { registry, dataDir, directory: written.experiment.directory, sparesDrawn: true }
  const datasets = new Datasets({ ...source, signal, onProgress })
  const digests = new Map<string, string | undefined>()
  for (let index = 0; digests.size < plan.arms.length; index++) {
    const trial = plan.trial(index)
    if (digests.has(trial.arm)) continue
    // oxlint-disable-next-line no-await-in-loop -- the first that does not fit is named
    const { dataset } = await planTrial(planned, trial, datasets)
    digests.set(trial.arm, dataset.digest)
  }
  return Object.fromEntries([...digests].flatMap(([arm, digest]) => (digest === undefined ? [] : [[arm, digest]])))
}
