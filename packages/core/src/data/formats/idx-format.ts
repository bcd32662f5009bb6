/** Data of the user's own in the format of MNIST. */
import * as z from 'zod/mini'
import type { Column } from '../field.js'
import type { RawColumn, RawTable } from '../raw.js'
import { type DataSource, format } from './format.js'
import { checkLabels, type IdxPair, inputEncoding, isFloats, parsePair } from './idx-dataset.js'
import { findIdxFiles, isIdx, isIdxName } from './idx-files.js'
import { type NamedBytes, parseIdx } from './idx.js'

/** The settings that IDX files of any kind have. */
export const idxSettings = {
  /** The beginning of the files' names, where a directory holds several sets: `emnist-balanced`. */
  prefix: z._default(z.string(), ''),
  /** Names of the categories, from 0; those of a file `...-mapping.txt`, or the numbers, unless given. */
  names: z.exactOptional(z.array(z.string()).check(z.minLength(1))),
  /** Exchanges the two last axes: EMNIST has its pictures on their side. */
  transpose: z._default(z.boolean(), false),
  /** The label that counts where samples have several, as in QMNIST. */
  labelColumn: z._default(z.int().check(z.gte(0)), 0),
}

/** The content of each of two files. */
export async function pairBytes({ inputs, labels }: IdxPair<DataSource>): Promise<IdxPair<NamedBytes>> {
  return {
    inputs: { file: inputs.file, bytes: await inputs.bytes() },
    labels: { file: labels.file, bytes: await labels.bytes() },
  }
}

/** Labels as they are, or as names. @throws InputError for a label that has none. */
function labelsOf(source: NamedBytes, values: Column, names: readonly string[] | undefined): RawColumn {
  if (names === undefined || isFloats(values.dtype)) return { kind: 'numbers', values }
  checkLabels(source, values, names.length, 'there are no more names of categories')
  return { kind: 'texts', places: Int32Array.from(values.data), texts: names }
}

function rawTable(file: string, columns: RawTable['columns'], count: number): RawTable {
  return { count, columns, file, placeOf: (row) => `sample ${row}` }
}

/** `data: { path: letters, options: { prefix: emnist-balanced, transpose: true } }` */
export const idx = format({
  about: "MNIST's format: a directory with files of inputs and labels, compressed or not",
  settings: idxSettings,
  matches: ({ names, head }) => (names === undefined ? isIdx(head) : names.some(isIdxName)),
  async read(source, { prefix, names, ...options }) {
    if (source.names === undefined) {
      const values = parseIdx({ file: source.file, bytes: await source.bytes() })
      const column = { kind: 'numbers', values, encoding: inputEncoding(values.dtype) } as const
      return { train: rawTable(source.file, { image: column }, Number(values.shape[0])) }
    }
    const found = await findIdxFiles(source, prefix)
    const tableOf = async (pair: IdxPair<DataSource>): Promise<RawTable> => {
      const files = await pairBytes(pair)
      const { inputs, labels } = parsePair(files, options)
      const image = { kind: 'numbers', values: inputs, encoding: inputEncoding(inputs.dtype) } as const
      const label = labelsOf(files.labels, labels, names ?? found.names)
      return rawTable(source.file, { image, label }, Number(inputs.shape[0]))
    }
    const { train, test } = found.tables
    return { train: await tableOf(train), ...(test && { test: await tableOf(test) }), target: 'label' }
  },
})
