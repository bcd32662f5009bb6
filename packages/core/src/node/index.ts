/** `@isograd/core/node`: files, downloads and records on disk. Everything that imports `node:` is behind this entry. */
export { cacheDirectory, type CacheSurroundings } from './cache-directory.js'
export type { Checksum } from './content.js'
export type { FetchOptions, TransferProgress } from './fetch-bytes.js'
export {
  type CollectionOptions,
  type IdxCollection,
  loadCollection,
  loadIdx,
  loadMnist,
  mnist,
} from './idx-collection.js'
export { datasetDescription, type DatasetName, datasetNames, type DatasetOptions, loadDataset } from './load-dataset.js'
