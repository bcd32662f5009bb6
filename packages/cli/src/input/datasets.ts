/** The data sets of an experiment's arms, each loaded once however many arms and backends train on it. */
import { resolve } from 'node:path'
import { type ArmSpec, InputError, type Registry } from '@isograd/core'
import type { Dataset } from '@isograd/core/data'
import {
  type DatasetOptions,
  datasetOptionsOf,
  loadDataset,
  loadInitialWeights,
  type TransferProgress,
} from '@isograd/core/node'
import { shareDataset } from '../backends/remote-memory.js'
import { requireKept } from '../disk/output-place.js'
import { messageOf } from '../errors/failure.js'
import { tell } from '../errors/verbose.js'

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
  /** True where the shapes of the data are all that counts. */
  readonly blank?: boolean
  /** Sets that are kept; unless given, all. */
  readonly most?: number
  readonly onProgress: (progress: TransferProgress) => void
}

/** True for a data set that is drawn, and read from nowhere. */
export function isDrawn({ data }: Registry, name: string): boolean {
  return Object.hasOwn(data, name) && data[name]?.from === 'generator'
}

/** Loads and keeps data sets. */
export class Datasets {
  readonly #source: DatasetSource
  readonly #loaded = new Map<string, Promise<Dataset>>()

  constructor(source: DatasetSource) {
    this.#source = source
  }

  /** The initial weights of an arm, where it names a file of some. @throws InputError */
  weightsOf(arm: ArmSpec): ReturnType<typeof loadInitialWeights> {
    const { directory = '.' } = this.#source
    if (arm.initialWeights !== undefined) requireKept(resolve(directory, arm.initialWeights.path))
    return loadInitialWeights(arm, this.#source.directory)
  }

  /** The data set of an arm; `found` is where a run has found it. @throws InputError, DownloadError */
  async of(arm: ArmSpec, found?: Dataset['path']): Promise<Dataset> {
    const { dataset } = arm.data
    const options = datasetOptionsOf(arm, this.#source.registry)
    const { registry: _, ...asked } = { ...options, ...(found !== undefined && { found }) }
    const key = JSON.stringify([dataset, asked])
    const loading = this.#loaded.get(key) ?? this.#load(dataset, asked)
    this.#keep(key, loading)
    try {
      return await loading
    } catch (error) {
      if (found === undefined || !(error instanceof InputError) || this.#source.dataDir !== undefined) throw error
      const cure =
        'this is where the run found its data, from the directory it was started in; name another with --data'
      throw new InputError('isograd', `${messageOf(error).replace(/^\[\w+\] /, '')}; ${cure}`, { cause: error })
    }
  }

  /** Keeps the sets that were asked for last. */
  #keep(key: string, loading: Promise<Dataset>): void {
    const { most = Number.POSITIVE_INFINITY } = this.#source
    this.#loaded.delete(key)
    this.#loaded.set(key, loading)
    const [oldest] = this.#loaded.keys()
    if (this.#loaded.size > most && oldest !== undefined) this.#loaded.delete(oldest)
  }

  async #load(name: string, asked: DatasetOptions): Promise<Dataset> {
    const {
      registry,
      dataDir,
      directory,
      sparesDrawn = false,
      signal,
      onProgress,
      shared = false,
      blank = false,
    } = this.#source
    const takesDir = dataDir !== undefined && !(sparesDrawn && isDrawn(registry, name))
    const place = { ...(takesDir && { dataDir }), ...(directory !== undefined && { directory }) }
    const options = { registry, signal, onProgress, blank, ...place, ...asked }
    const dataset = await loadDataset(name, options)
    for (const path of typeof dataset.path === 'string' ? [dataset.path] : Object.values(dataset.path ?? {})) {
      requireKept(path)
    }
    tell(`${name}: ${dataset.splits.train.count} samples, from ${dataset.origin}`)
    return shared ? shareDataset(dataset) : dataset
  }
}
