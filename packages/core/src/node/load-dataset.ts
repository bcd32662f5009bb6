/** Loads any data set of a registry by name: drawn, downloaded, or from a directory. */
import type { Dataset } from '../data/dataset.js'
import type { DataRecord, DataSize } from '../data/record.js'
import { FieldError, InputError } from '../errors.js'
import { didYouMean } from '../nearest.js'
import { builtins } from '../registry/builtins.js'
import type { Registry } from '../registry/registry.js'
import { recordOf } from '../registry/settings.js'
import type { ArmSpec } from '../experiment/arm.js'
import { blankCifar, blankIdx } from './blank-dataset.js'
import { loadCifarCollection } from './cifar-collection.js'
import { dataOptions } from '../data/data-options.js'
import { sizeOf } from '../data/drawn.js'
import { type CollectionOptions, loadIdxCollection, loadIdxDirectory } from './idx-collection.js'
import { type FilesSpec, loadFiles } from './load-files.js'

/** Options for making or finding a data set. */
export interface DatasetOptions extends CollectionOptions {
  readonly registry?: Registry
  /** Settings of the record: an experiment's `data.options`. */
  readonly settings?: Readonly<Record<string, unknown>>
  /** Samples that a drawn set should have. */
  readonly size?: DataSize
  /** The user's own files, for a record that is of some. */
  readonly files?: FilesSpec
  /** The directory that their paths are relative to; the working directory unless given. */
  readonly directory?: string
  /** True where shapes alone count: of a published set that is not in `dataDir` every value is 0, and nothing is downloaded. */
  readonly blank?: boolean
  /** Where a run has found the data, as its record says: for a later command that names no other place. */
  readonly found?: NonNullable<Dataset['path']>
}

const isBlank = ({ blank = false, dataDir }: DatasetOptions): boolean => blank && dataDir === undefined

type Settings = Readonly<Record<string, unknown>>

type Loader<R> = (name: string, record: R, settings: Settings, options: DatasetOptions) => Dataset | Promise<Dataset>

/** The loader of each kind of record. */
const loaders: { readonly [K in DataRecord['from']]: Loader<Extract<DataRecord, { from: K }>> } = {
  generator: (name, record, settings, { dataDir, size = {} }) => {
    if (dataDir === undefined) return record.make(settings, size)
    throw new InputError(
      'core',
      `data set "${name}" is drawn, not read: leave out --data-dir, or name another data set`,
    )
  },
  idx: (name, record, _, options) =>
    isBlank(options) ? blankIdx(name, record) : loadIdxCollection(name, record, options),
  cifar: (name, record, _, options) =>
    isBlank(options) ? blankCifar(name, record) : loadCifarCollection(name, record, options),
  idxDirectory: (name, _, settings, { dataDir }) => {
    if (dataDir !== undefined) return loadIdxDirectory(name, dataDir, settings)
    throw new InputError('core', `data set "${name}" is your own: pass the directory of its four files with --data-dir`)
  },
  files: (_, __, ___, options) => loadFiles(options.files ?? {}, options, options.registry ?? builtins),
}

/** Every text in plain data. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : []
}

/** The columns that the task of an arm names, and those of its other heads. */
function namedColumns({ task, heads = {} }: ArmSpec): string[] {
  const tasks = [task, ...Object.values(heads).map((head) => head.task)]
  return tasks.flatMap(({ inputs, target, weights }) => textsIn([inputs, target, weights]))
}

/** The part of the options that an arm decides. A set that is drawn has the size that the arm asks for. */
export function datasetOptionsOf(arm: ArmSpec, registry: Registry): DatasetOptions {
  const { data, task } = arm
  const { dataset, options } = data
  const from = Object.hasOwn(registry.data, dataset) ? registry.data[dataset]?.from : undefined
  if (from === 'files') {
    const { targetType } = recordOf(registry.tasks, task, 'task')
    const named = typeof task['target'] === 'string' ? task['target'] : data.target
    const listed = Array.isArray(task['inputs']) && { named: namedColumns(arm) }
    return { registry, files: { ...data, ...(named !== undefined && { target: named }), targetType, ...listed } }
  }
  return { registry, ...(options && { settings: options }), ...(from === 'generator' && { size: sizeOf(data) }) }
}

/**
 * The data set of that name.
 * @throws InputError for an unknown name or setting, and for files that are missing or wrong; DownloadError when a
 * download fails.
 */
export async function loadDataset(name: string, options: DatasetOptions = {}): Promise<Dataset> {
  const { data } = options.registry ?? builtins
  const record: DataRecord | undefined = Object.hasOwn(data, name) ? data[name] : undefined
  if (record === undefined) {
    const names = Object.keys(data)
    const hint = didYouMean(name, names)
    throw new FieldError(
      'data.dataset',
      `expected one of ${names.join(', ')}, got "${name}"${hint === '.' ? '' : hint}`,
    )
  }
  const load = loaders[record.from] as Loader<DataRecord>
  const settings = dataOptions(`"${name}"`, record, options.settings)
  const { dataDir = options.found } = options
  if (typeof dataDir !== 'string' || record.from === 'files') return load(name, record, settings, options)
  return { ...(await load(name, record, settings, { ...options, dataDir })), path: dataDir }
}
