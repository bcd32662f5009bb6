/**
 * The data that is measured on, found once and stored in a directory: its description as JSON, and a file with the bytes
 * of each tensor. So every process, whatever its language, reads the same bytes, and making them is nobody's time.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ArmSpec, DownloadError, type Registry } from '@isograd/core'
import { type Dataset, digits } from '@isograd/core/data'
import { cacheDirectory, loadDataset } from '@isograd/core/node'
import { loadRegistry } from '../input/extensions.js'
import { type PlanSource, withRows } from './workload.js'

/** Where a data set is stored. */
export interface StoredData {
  readonly directory: string
  /** Repeat the training samples until there are so many. */
  readonly rows?: number
  /** Modules that add records, as they were named. */
  readonly use?: readonly string[]
}

/** A tensor's elements in a file. */
export interface StoredElements {
  readonly file: string
  readonly array: keyof typeof arrays
}

const arrays = { Uint8Array, Int32Array, Float32Array, Float64Array }
const DESCRIPTION = 'dataset.json'

/**
 * A data set from where the user says, or from where it was downloaded to before; else the digits: nothing is downloaded
 * here.
 */
export async function findDataset(
  { dataset: name, options: settings = {} }: ArmSpec['data'],
  dataDir: string | undefined,
  registry: Registry,
): Promise<Dataset> {
  const options = { registry, settings }
  if (dataDir !== undefined) return loadDataset(name, { ...options, dataDir })
  const isDrawn = registry.data[name]?.from === 'generator'
  if (!isDrawn && !existsSync(join(cacheDirectory(), name))) return digits()
  try {
    return await loadDataset(name, { ...options, mirrors: [] })
  } catch (error) {
    if (error instanceof DownloadError) return digits()
    throw error
  }
}

/** Writes a data set to a directory. */
export function storeDataset(directory: string, dataset: Dataset): void {
  let count = 0
  const text = JSON.stringify(dataset, function store(this: Record<string, unknown>, key, value: unknown) {
    // A Buffer is an array of bytes that `value` has as JSON already.
    const elements = this[key]
    if (!ArrayBuffer.isView(elements)) return value
    const file = `${count++}.bin`
    writeFileSync(join(directory, file), new Uint8Array(elements.buffer, elements.byteOffset, elements.byteLength))
    return { file, array: elements instanceof Uint8Array ? 'Uint8Array' : elements.constructor.name }
  })
  writeFileSync(join(directory, DESCRIPTION), text)
}

/** The data set with the places of elements instead of elements, for processes that read them themselves. */
export function storedDescription({ directory }: StoredData): Dataset {
  return JSON.parse(readFileSync(join(directory, DESCRIPTION), 'utf8')) as Dataset
}

function isStored(value: unknown): value is StoredElements {
  return typeof value === 'object' && value !== null && 'file' in value && 'array' in value
}

/** Reads a data set. */
export function readDataset({ directory, rows }: StoredData): Dataset {
  const text = readFileSync(join(directory, DESCRIPTION), 'utf8')
  const dataset = JSON.parse(text, (_, value: unknown) => {
    if (!isStored(value)) return value
    const { buffer, byteOffset, byteLength } = readFileSync(join(directory, value.file))
    const array = arrays[value.array]
    return new array(buffer, byteOffset, byteLength / array.BYTES_PER_ELEMENT)
  }) as Dataset
  return rows === undefined ? dataset : withRows(dataset, rows)
}

/** The data set and the registry of a job. @throws InputError as `loadRegistry`. */
export async function readSource(stored: StoredData): Promise<PlanSource> {
  return { registry: await loadRegistry(stored.use), dataset: readDataset(stored) }
}
