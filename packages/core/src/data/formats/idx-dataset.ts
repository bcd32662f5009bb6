/**
 * A data set from files of the IDX format: inputs and labels of a training table, and of a test table where there is one.
 * Bytes are told to a network as numbers from 0 to 1, values of other types as they stand. Files and compression are in
 * `node/`.
 */
import { InputError } from '../../errors.js'
import { zeros } from '../../tensor.js'
import { type Dataset, type DataTable, dataTable } from '../dataset.js'
import type { CategoryEncoding, Column, Field, FieldDType, NumbersEncoding } from '../field.js'
import { failOf, type NamedBytes, parseIdx } from './idx.js'

/** Something for each of the four files of a published data set. */
export interface IdxFour<T> {
  readonly trainImages: T
  readonly trainLabels: T
  readonly testImages: T
  readonly testLabels: T
}

/** Something for the two files of a table. */
export interface IdxPair<T> {
  readonly inputs: T
  readonly labels: T
}

/** Something for each table. */
export interface IdxTables<T> {
  readonly train: IdxPair<T>
  readonly test?: IdxPair<T>
}

/** Facts that the files do not hold. */
export interface IdxDescription {
  readonly name: string
  readonly origin: string
  /** Labels are 0 to `categories` - 1; the largest label of the training table + 1 unless given. */
  readonly categories?: number
  /** Names of the categories, in their order. */
  readonly names?: readonly string[]
  /** Tells that the two last axes of the inputs are exchanged, as in EMNIST. */
  readonly transpose?: boolean
  /** Labels with several numbers a sample: which of them counts; 0, the first, unless given. */
  readonly labelColumn?: number
}

/** More categories would be numbers to tell, not categories. */
const MOST_CATEGORIES = 65_536

/** True for labels that are numbers to tell, and no categories. */
export function isFloats(dtype: FieldDType): boolean {
  return dtype === 'float32' || dtype === 'float64'
}

/** The inputs with their last two axes exchanged. */
function transposed(source: NamedBytes, inputs: Column): Column {
  const { dtype, shape } = inputs
  const [height = 0, width = 0] = shape.slice(-2)
  if (shape.length < 3)
    failOf(source, `transpose: expected samples of two axes or more, got [${shape.slice(1).join(',')}]`)
  const column = zeros(dtype, [...shape.slice(0, -2), width, height])
  const size = height * width
  for (let i = 0; i < column.data.length; i++) {
    const [first, at] = [i - (i % size), i % size]
    column.data[i] = inputs.data[first + (at % height) * width + Math.floor(at / height)] as number
  }
  return column
}

/** One column of labels with several. */
function columnAt(source: NamedBytes, { dtype, shape, data }: Column, at: number): Column {
  const [count = 0, width = 0] = shape
  if (at >= width) failOf(source, `labelColumn: expected 0 to ${width - 1}, as a sample has ${width} labels, got ${at}`)
  const column = zeros(dtype, [count])
  for (let i = 0; i < count; i++) column.data[i] = data[i * width + at] as number
  return column
}

function parseLabels(source: NamedBytes, at: number): Column {
  const labels = parseIdx(source)
  const { length } = labels.shape
  if (length > 2)
    failOf(source, `expected labels of one or two dimensions, got ${length}; are inputs and labels exchanged?`)
  return length === 2 && !isFloats(labels.dtype) ? columnAt(source, labels, at) : labels
}

type Pair = IdxPair<Column>

/** The columns in two files. @throws InputError naming the file that is malformed, or does not belong to the other. */
export function parsePair(
  { inputs, labels }: IdxPair<NamedBytes>,
  { transpose, labelColumn = 0 }: Pick<IdxDescription, 'transpose' | 'labelColumn'>,
): Pair {
  const [input, label] = [parseIdx(inputs), parseLabels(labels, labelColumn)]
  const [expected] = input.shape
  const [got] = label.shape
  if (got !== expected) failOf(labels, `expected ${expected} labels, one for each sample of ${inputs.file}, got ${got}`)
  return { inputs: transpose === true ? transposed(inputs, input) : input, labels: label }
}

function largest({ data }: Column): number {
  let most = 0
  for (const value of data) if (value > most) most = value
  return most
}

/** @throws InputError naming the first label that is none of the categories. */
export function checkLabels(source: NamedBytes, { data }: Column, count: number, cure?: string): void {
  const at = data.findIndex((label) => label < 0 || label >= count)
  if (at >= 0)
    failOf(source, `label ${at}: expected 0 to ${count - 1}, got ${data[at]}${cure === undefined ? '' : `; ${cure}`}`)
}

/** The categories of labels: as told, or as many as those that are trained on say. */
function categoriesOf(labels: Column, { name, categories, names }: IdxDescription): CategoryEncoding {
  const told = categories ?? names?.length
  const count = told ?? largest(labels) + 1
  if (!Number.isInteger(count) || count < 1 || count > MOST_CATEGORIES) {
    throw new InputError('core', `${name}: expected 1 to ${MOST_CATEGORIES} categories, got ${count}`)
  }
  if (names !== undefined && names.length !== count) {
    throw new InputError('core', `${name}: expected ${count} names of categories, got ${names.length}`)
  }
  return { kind: 'category', count, ...(told === undefined && { isLeast: true }), ...(names && { names }) }
}

function labelField(files: IdxTables<NamedBytes>, { train, test }: IdxTables<Column>, about: IdxDescription): Field {
  const { dtype, shape } = train.labels
  if (isFloats(dtype)) return { dtype, shape: shape.slice(1), encoding: { kind: 'numbers' } }
  const encoding = categoriesOf(train.labels, about)
  checkLabels(files.train.labels, train.labels, encoding.count)
  if (files.test !== undefined && test !== undefined) {
    const cure =
      encoding.isLeast && `${files.train.labels.file} has no more; if more are meant, say it in data.options.categories`
    checkLabels(files.test.labels, test.labels, encoding.count, cure)
  }
  return { dtype, shape: [], encoding }
}

function tableOf({ inputs, labels }: Pair): DataTable {
  return dataTable({ image: inputs, label: labels })
}

/** @throws InputError where a column of the test table is of another type than that of the training table. */
function checkAlike(files: IdxTables<NamedBytes>, { train, test }: IdxTables<Column>): void {
  for (const what of ['inputs', 'labels'] as const) {
    const [file, other] = [files.train[what], files.test?.[what]]
    const [expected, got] = [train, test].map((pair) => pair && typeText(pair[what]))
    if (other !== undefined && got !== expected)
      failOf(other, `expected ${what} of ${expected} as in ${file.file}, got ${got}`)
  }
}

/** Bytes are from 0 to 1 to a network, values of other types as they stand. */
export function inputEncoding(dtype: FieldDType): NumbersEncoding {
  return { kind: 'numbers', ...(dtype === 'uint8' && { scale: 1 / 255 }) }
}

function typeText({ dtype, shape }: Column): string {
  return `${dtype}[${shape.slice(1).join(',')}]`
}

/**
 * The data set in some IDX files, with the fields `image` and `label`. Integer labels are categories, floats are numbers to tell.
 * @throws InputError naming the file, when one is malformed or two do not belong together; and for impossible `categories`.
 */
export function idxDataset(files: IdxTables<NamedBytes>, description: IdxDescription): Dataset {
  const { name, origin } = description
  const train = parsePair(files.train, description)
  const pairs = { train, ...(files.test && { test: parsePair(files.test, description) }) }
  checkAlike(files, pairs)
  const { dtype, shape } = train.inputs
  return {
    name,
    origin,
    fields: {
      image: { dtype, shape: shape.slice(1), encoding: inputEncoding(dtype) },
      label: labelField(files, pairs, description),
    },
    target: 'label',
    splits: { train: tableOf(train), ...(pairs.test && { test: tableOf(pairs.test) }) },
  }
}
