/** The description of a file or directory of data, without an experiment. */
import type { ColumnDescription, ProposedExperiment } from '../data/describe.js'
import { describeTable, proposeExperiment } from '../data/describe.js'
import type { RawTables } from '../data/raw.js'
import { requireNames } from '../data/tabular.js'
import { FieldError } from '../errors.js'
import type { Registry } from '../registry/registry.js'
import { fileSource, type ReadingOptions } from './file-source.js'
import { type FilesSpec, formatOf, readSource } from './load-files.js'

/** A file or directory of data. */
export interface DataDescription {
  /** The file or directory, as it was named. */
  readonly path: string
  /** Name of its format. */
  readonly format: string
  /** Samples by split. */
  readonly samples: Readonly<Record<string, number>>
  /** Columns of the training rows. */
  readonly columns: readonly ColumnDescription[]
  /** The column that the format itself calls the target; absent where it calls none. */
  readonly target?: string
  /** The first lines of an experiment on it. */
  readonly experiment: ProposedExperiment
}

function samplesOf(tables: RawTables): Record<string, number> {
  const entries = (['train', 'validation', 'test'] as const).flatMap((split) => {
    const table = tables[split]
    return table === undefined ? [] : [[split, table.count] as const]
  })
  return Object.fromEntries(entries)
}

/** Describes the data at a path. @throws InputError naming the file, and where in it, for what cannot be read. */
export async function inspectData(
  path: string,
  spec: Pick<FilesSpec, 'format' | 'options' | 'target'>,
  registry: Registry,
  options: ReadingOptions = {},
): Promise<DataDescription> {
  const source = await fileSource(path, options)
  const [format] = formatOf(source, registry, spec.format)
  const tables = await readSource(source, spec, registry)
  requireNames(tables.train)
  const columns = describeTable(tables.train)
  const { target } = spec
  if (target !== undefined && !columns.some(({ name }) => name === target)) {
    throw new FieldError(
      '--target',
      `expected one of the columns (${columns.map(({ name }) => name).join(', ')}), got "${target}"`,
    )
  }
  const { data, task } = proposeExperiment(tables, columns, path, registry, target)
  const { path: _, ...rest } = data
  const asked = {
    ...(spec.format !== undefined && { format }),
    ...(spec.options !== undefined && { options: spec.options }),
  }
  const experiment = { data: { path, ...asked, ...rest }, task }
  const own = tables.target === undefined ? {} : { target: tables.target }
  return { path, format, samples: samplesOf(tables), columns, ...own, experiment }
}
