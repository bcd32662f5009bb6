/** The data sets of an experiment's arms, each loaded once however many arms and backends train on it. */
import type { ArmSpec, Registry } from '@isograd/core'
import type { Dataset } from '@isograd/core/data'
import { type DatasetOptions, datasetOptionsOf, loadDataset, type TransferProgress } from '@isograd/core/node'
import { shareDataset } from '../backends/remote-memory.js'

/** The source of data sets. */
export interface DatasetSource {
  readonly registry: Registry
  /** The place of the data, in that of the experiment's own. */
  readonly dataDir: string | undefined
  /** The directory that paths of the experiment are relative to; the working directory unless given. */
  readonly directory?: string | undefined
  /** True where the directory is for those sets alone that are read from files: of many experiments, some draw theirs. */
  readonly sparesDrawn?: boolean
  readonly signal: AbortSignal
  /** True where other threads are to see the data without a copy. */
  readonly shared?: boolean
  readonly onProgress: (progress: TransferProgress) => void
}

function isDrawn({ data }: Registry, name: string): boolean {
  return Object.hasOwn(data, name) && data[name]?.from === 'generator'
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
    const { dataset } = arm.data
    const { registry: _, ...asked } = datasetOptionsOf(arm, this.#source.registry)
    const key = JSON.stringify([dataset, asked])
    const loading = this.#loaded.get(key) ?? this.#load(dataset, asked)
    this.#loaded.set(key, loading)
    return loading
  }

  async #load(name: string, asked: DatasetOptions): Promise<Dataset> {
    const { registry, dataDir, directory, sparesDrawn = false, signal, onProgress, shared = false } = this.#source
    const takesDir = dataDir !== undefined && !(sparesDrawn && isDrawn(registry, name))
    const place = { ...(takesDir && { dataDir }), ...(directory !== undefined && { directory }) }
    const options = { registry, signal, onProgress, ...place, ...asked }
    const dataset = await loadDataset(name, options)
    return shared ? shareDataset(dataset) : dataset
  }
}
