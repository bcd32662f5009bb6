/** `@isograd/core/node`: files, downloads and records on disk. Everything that imports `node:` is behind this entry. */
export { writeAtomically } from './atomic-file.js'
export { cacheDirectory, type CacheSurroundings } from './cache-directory.js'
export { cifar10, cifar100, type CifarCollection, loadCifar } from './cifar-collection.js'
export type { Checksum } from './content.js'
export type { FetchOptions, TransferProgress } from './fetch-bytes.js'
export { type CollectionOptions, loadCollection, loadFashionMnist, loadIdx, loadMnist } from './idx-collection.js'
export { datasetDescription, type DatasetName, datasetNames, type DatasetOptions, loadDataset } from './load-dataset.js'
export { fashionMnist, type IdxCollection, mnist } from './published.js'
export {
  hasCheckpoint,
  readCheckpoint,
  removeCheckpoint,
  tidyCheckpoints,
  writeCheckpoint,
} from './checkpoint-files.js'
export {
  findCheckpointedRun,
  findFinishedRun,
  type FinishedRun,
  readFinishedRun,
  runFiles,
  type Runs,
  runsIn,
} from './run-directory.js'
export { lockRun, type RunLock } from './run-lock.js'
