/** `@isograd/core/data`: data sets as tables of fields, the formats that they come in, and those that are drawn here. */
export {
  type DataTable,
  type Dataset,
  dataTable,
  firstSamples,
  heldSamples,
  limitDataset,
  type SplitName,
} from './dataset.js'
export { drawnDataset } from './drawn.js'
export {
  categoryNames,
  type CategoryEncoding,
  type Column,
  type Encoding,
  type Field,
  type FieldDType,
  isStoredAsSeen,
  type NumbersEncoding,
} from './field.js'
export {
  encoding,
  type EncodingRecord,
  type FitContext,
  numbersOf,
  rescaled,
  seenNumbers,
} from './encodings/encoding.js'
export { type DataSource, format, type FormatRecord } from './formats/format.js'
export type { RawColumn, RawTable, RawTables } from './raw.js'
export { type ArrayColumn, type ArrayData, type ArrayTable, datasetFrom, type NumberList } from './from-arrays.js'
export { cifarDataset, type CifarFiles, type CifarForm, parseCifar } from './formats/cifar.js'
export { idxDataset, type IdxDescription, type IdxFour, type IdxPair, type IdxTables } from './formats/idx-dataset.js'
export { type NamedBytes, parseIdx } from './formats/idx.js'
export { layoutOf, type Picture, planeBytes, planesOf, type SampleLayout } from './pictures/picture.js'
export { pictureFields } from './formats/picture-fields.js'
export { readTar } from './formats/tar.js'
export type { Checksum, CifarData, DataRecord, DataSize, GeneratedData, IdxData } from './record.js'
export { digits, type DigitsOptions } from './sets/digits/digits.js'
export { RandomStream } from '../random/stream.js'
