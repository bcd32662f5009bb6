/** `@isograd/core/backend`: all that an adapter needs to be one; the programs that it is given are `@isograd/core/ir`. */
export { adapterOf, type OpenVariant } from './adapter-of.js'
export {
  type Adapter,
  type AdapterOptions,
  type AdapterResult,
  type Backend,
  type BackendInfo,
  type BackendMemory,
  contract,
  type Executable,
  type ScanResult,
} from './contract.js'
export { untestedNotes, withUntested } from './tested.js'
export { nameFault } from './backend-name.js'
export { pageFacts } from './page-facts.js'
export { backendFault, OutputCheck } from './answers.js'
export { holdToContract, requireExecutable } from './held.js'
export {
  allocateOutputs,
  checkConstants,
  checkScan,
  extentOf,
  scanByStep,
  type ScanExtent,
  sliceStep,
  type StepFunction,
  type StepResult,
  storeStep,
} from './scan.js'
export {
  AnswerError,
  BackendError,
  InputError,
  internalError,
  IsogradError,
  ProgramError,
  UnsupportedOpError,
} from '../errors.js'
export {
  allocate,
  bytesPerElement,
  type DType,
  elementCount,
  type FloatDType,
  rows,
  sameShape,
  scalar,
  tensor,
  type Tensor,
  type TensorMap,
  type TensorOf,
  type TensorStorage,
  zeros,
  totalElements,
} from '../tensor.js'
export { checksum } from '../numerics/bits.js'
export { elementaryFunctions, type FloatArithmetic } from '../numerics/elementary-functions.js'
export { version } from '../version.js'
