/** Every data set that the command knows by name. */
import type { Dataset } from '../data/dataset.js'
import { digits, type DigitsOptions } from '../data/sets/digits/digits.js'
import { InputError } from '../errors.js'
import { nearest } from '../nearest.js'
import { cifar10, cifar100, loadCifar } from './cifar-collection.js'
import { type CollectionOptions, loadFashionMnist, loadIdx, loadMnist } from './idx-collection.js'

/** How to make or find a data set. */
export interface DatasetOptions extends CollectionOptions {
  /** Size and seed of the built-in digits. */
  readonly digits?: DigitsOptions
  /** Number of classes of the user's own data; 10 unless given. */
  readonly classes?: number
}

interface DatasetSource {
  readonly description: string
  readonly load: (options: DatasetOptions) => Promise<Dataset>
}

async function drawDigits({ dataDir, digits: size }: DatasetOptions): Promise<Dataset> {
  if (dataDir === undefined) return digits(size)
  throw new InputError('core', 'data set "digits" is drawn, not read: leave out --data-dir, or name another data set')
}

async function readOwn({ dataDir, classes }: DatasetOptions): Promise<Dataset> {
  if (dataDir !== undefined) return loadIdx(dataDir, classes)
  throw new InputError('core', 'data set "idx" is your own: pass the directory of its four files with --data-dir')
}

const sources = {
  mnist: {
    description: 'MNIST, 60,000 + 10,000 handwritten digits of 28 x 28: downloaded once, or from --data-dir',
    load: loadMnist,
  },
  'fashion-mnist': {
    description: 'Fashion-MNIST, 60,000 + 10,000 pictures of clothes of 28 x 28: downloaded once, or from --data-dir',
    load: loadFashionMnist,
  },
  cifar10: {
    description:
      'CIFAR-10, 50,000 + 10,000 colour pictures of 32 x 32, 10 classes: downloaded once, or from --data-dir',
    load: (options: DatasetOptions) => loadCifar(cifar10, options),
  },
  cifar100: {
    description: 'CIFAR-100, 50,000 + 10,000 colour pictures of 32 x 32, 100 classes: downloaded, or from --data-dir',
    load: (options: DatasetOptions) => loadCifar(cifar100, options),
  },
  digits: {
    description: 'built-in handwritten-looking digits of 28 x 28, 12,000 + 2,000 or any number: no download',
    load: drawDigits,
  },
  idx: { description: "your own data in MNIST's file format, from --data-dir", load: readOwn },
} as const satisfies Record<string, DatasetSource>

/** Name of a data set. */
export type DatasetName = keyof typeof sources

/** Names of the data sets that `loadDataset` knows. */
export const datasetNames = Object.keys(sources) as readonly DatasetName[]

/** One line on a data set. */
export function datasetDescription(name: DatasetName): string {
  return sources[name].description
}

function isDatasetName(name: string): name is DatasetName {
  return Object.hasOwn(sources, name)
}

/**
 * The data set of that name.
 * @throws InputError for an unknown name, and for files that are missing or wrong; DownloadError when a download fails.
 */
export async function loadDataset(name: string, options: DatasetOptions = {}): Promise<Dataset> {
  if (isDatasetName(name)) return sources[name].load(options)
  const guess = nearest(name, datasetNames)
  const hint = guess === undefined ? '' : `; did you mean "${guess}"?`
  throw new InputError('core', `dataset: expected one of ${datasetNames.join(', ')}, got "${name}"${hint}`)
}
