/** `@isograd/core/node`: files, downloads and records on disk. Everything that imports `node:` is behind this entry. */
export { missingText, reasonOf, requireRegular } from './file-errors.js'
export { type FileChange, removeParts, writeAtomically, writeTogether } from './atomic-file.js'
export { cacheDirectory } from './cache-directory.js'
export {
  hasCheckpoint,
  readCheckpoint,
  removeCheckpoint,
  tidyCheckpoints,
  writeCheckpoint,
} from './checkpoint-files.js'
export { Claims, claimsIn, type SeenClaim, tidyClaims } from './claim-lock.js'
export { sha256 } from './content.js'
export type { FetchOptions, TransferProgress } from './fetch-bytes.js'
export { onInterrupted, tellInterrupted } from './interrupted.js'
export { type DataDescription, inspectData } from './inspect-data.js'
export type { CollectionOptions } from './idx-collection.js'
export { type DatasetOptions, datasetOptionsOf, loadDataset } from './load-dataset.js'
export { loadInitialWeights } from './load-weights.js'
export { makeDirectory, removeEmpty } from './make-directory.js'
export { readPicture } from './read-picture.js'
export { bytesSource, readSamples, type Samples } from './read-samples.js'
export {
  findCheckpointedRun,
  findFinishedRun,
  type FinishedRun,
  loadRun,
  runFiles,
  type Runs,
  runsIn,
  type SavedRun,
  replaceRecord,
  saveRun,
} from './run-directory.js'
export { digestsIn, type FileDigests, type FileState, fileState, requireUnchanged } from './run-files.js'
export { thisPlace } from './process-identity.js'
export { lockRun, type RunLock, whileLocked } from './run-lock.js'
export { openSealedLine, sealedLine, sealedState, sealedText } from './self-digest.js'
export { nearest } from '../nearest.js'
