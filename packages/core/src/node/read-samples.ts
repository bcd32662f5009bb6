/** Samples to predict, from a file in any format of the registry or from bytes: stored as the training rows were. */
import type { DataSource } from '../data/formats/format.js'
import type { Column } from '../data/field.js'
import { gatherColumns } from '../data/gather-columns.js'
import type { RawTable } from '../data/raw.js'
import { storedColumn } from '../data/stored-column.js'
import { InputError } from '../errors.js'
import { nearest } from '../nearest.js'
import type { Registry } from '../registry/registry.js'
import type { Network } from '../run/predict.js'
import { fileSource } from './file-source.js'
import { type FilesSpec, readSource, specLike } from './load-files.js'

/** Samples for the inputs of a network. */
export interface Samples {
  readonly count: number
  /** A column for each of the task's inputs, as `predict` takes them. */
  readonly columns: Readonly<Record<string, Column>>
  /** The place of a row in its file. */
  readonly placeOf: (row: number) => string
}

const HEAD_BYTES = 4096

/** Bytes as formats see a file of that name. */
export function bytesSource(file: string, content: Uint8Array): DataSource {
  const bytes = new Uint8Array(content)
  return {
    file,
    names: undefined,
    size: bytes.length,
    head: bytes.subarray(0, HEAD_BYTES),
    bytes: () => Promise.resolve(bytes.slice()),
    chunks: async function* chunks() {
      yield bytes.slice()
    },
    open: (name) => Promise.reject(new InputError('core', `${file}: expected a directory that holds ${name}`)),
  }
}

/** Missing columns that are named. */
const MOST_NAMES = 10

/** @throws InputError for inputs that are not there, with the columns that were most likely meant for them. */
function requireInputs({ task: { inputs, heads } }: Network, { file, columns }: RawTable): void {
  const missing = inputs.flatMap(({ name }) => (Object.hasOwn(columns, name) ? [] : [name]))
  if (missing.length === 0) return
  const known = [...inputs.map(({ name }) => name), ...heads.map(({ target }) => target?.name)]
  const given = Object.keys(columns)
  const unknown = given.filter((name) => !known.includes(name))
  const meant = missing.slice(0, MOST_NAMES).flatMap((name) => {
    const near = nearest(name, unknown)
    return near === undefined ? [] : [`"${name}" by "${near}"`]
  })
  const hint = meant.length === 0 ? '' : `; did you mean ${meant.join(', ')}?`
  const more = missing.length > MOST_NAMES ? ` and ${missing.length - MOST_NAMES} more` : ''
  const names = missing.slice(0, MOST_NAMES).map((name) => `"${name}"`)
  const expected = `the column${missing.length === 1 ? '' : 's'} ${names.join(', ')}${more}`
  throw new InputError('core', `${file}: expected ${expected}, got ${given.join(', ')}${hint}`)
}

function columnsOf(network: Network, table: RawTable): Readonly<Record<string, Column>> {
  requireInputs(network, table)
  return Object.fromEntries(network.task.inputs.map(({ name, field }) => [name, storedColumn(name, field, table)]))
}

/**
 * The samples of a file, or of bytes under a name. Encodings are those of the training rows, and so are the options of the
 * format where it is the same; columns that the network does not take, such as the target, are left out.
 * @param spec format and options of the training's files; those of the network's experiment unless given.
 * @throws InputError naming file, place and column of what does not fit.
 */
export async function readSamples(
  from: string | DataSource,
  network: Network,
  registry: Registry,
  spec: Pick<FilesSpec, 'format' | 'options'> = network.arm.data,
): Promise<Samples> {
  const source = typeof from === 'string' ? await fileSource(from) : from
  const { fields = {} } = network.arm.data
  const raw = (await readSource(source, specLike(source, spec, registry), registry)).train
  if (raw.count === 0) throw new InputError('core', `${source.file}: expected at least one row, got none`)
  const shapes = Object.fromEntries(network.task.inputs.map(({ name, field }) => [name, field.shape]))
  const table = gatherColumns(raw, fields, shapes)
  return { count: table.count, columns: columnsOf(network, table), placeOf: table.placeOf }
}
