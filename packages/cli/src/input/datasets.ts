/** The data sets of an experiment's arms, each loaded once however many arms and backends train on it. */
import type { ArmSpec } from '@isograd/core'
import type { Dataset } from '@isograd/core/data'
import { type DatasetOptions, loadDataset, type TransferProgress } from '@isograd/core/node'
import { shareDataset } from '../backends/remote-memory.js'

/** The source of data sets. */
export interface DatasetSource {
  readonly dataDir: string | undefined
  readonly signal: AbortSignal
  /** True where other threads are to see the data without a copy. */
  readonly shared?: boolean
  readonly onProgress: (progress: TransferProgress) => void
}

/** The built-in digits are drawn in the size that the arm asks for. */
function optionsFor({ data }: ArmSpec, { dataDir, signal, onProgress }: DatasetSource): DatasetOptions {
  const { limit, testLimit } = data
  const size = {
    ...(limit === undefined ? {} : { train: limit }),
    ...(testLimit === undefined ? {} : { test: testLimit }),
  }
  return {
    signal,
    onProgress,
    ...(dataDir === undefined ? {} : { dataDir }),
    ...(data.dataset === 'digits' ? { digits: size } : {}),
  }
}

/** Loads and keeps data sets. */
export class Datasets {
  readonly #source: DatasetSource
  readonly #loaded = new Map<string, Promise<Dataset>>()

  constructor(source: DatasetSource) {
    this.#source = source
  }

  /** The data set of an arm. @throws InputError, DownloadError */
  of(arm: ArmSpec): Promise<Dataset> {
    const options = optionsFor(arm, this.#source)
    const key = JSON.stringify([arm.data.dataset, options.digits])
    const known = this.#loaded.get(key)
    if (known !== undefined) return known
    const loading = this.#load(arm.data.dataset, options)
    this.#loaded.set(key, loading)
    return loading
  }

  async #load(name: string, options: DatasetOptions): Promise<Dataset> {
    const dataset = await loadDataset(name, options)
    return this.#source.shared === true ? shareDataset(dataset) : dataset
  }
}
