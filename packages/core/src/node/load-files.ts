/** The user's own data: the files of an experiment's `data.path`, each in the format that it is of. */
import { basename, isAbsolute, relative, resolve } from 'node:path'
import { checkedTables } from '../data/check-raw.js'
import type { Dataset, SplitName } from '../data/dataset.js'
import type { DataSource, FormatRecord } from '../data/formats/format.js'
import type { RawTable, RawTables } from '../data/raw.js'
import { tabularDataset, type TabularSpec } from '../data/tabular.js'
import { FieldError, InputError } from '../errors.js'
import type { DataSpec, SplitPaths } from '../experiment/arm.js'
import type { Registry } from '../registry/registry.js'
import { settingsSchema } from '../registry/settings.js'
import { readApart } from './apart.js'
import { dataOptions } from '../data/data-options.js'
import { digestOf } from './digest.js'
import { fileSource, type ReadingOptions } from './file-source.js'

/** The part of an experiment that its own files are read by. */
export interface FilesSpec extends Pick<DataSpec, 'path' | 'format' | 'options'>, TabularSpec {}

/** Places of the files: the first that is given counts. */
export interface FilesPlace extends ReadingOptions {
  /** In the place of the experiment's own path. */
  readonly dataDir?: string
  /** The directory that the experiment's paths are relative to. */
  readonly directory?: string
  /** The place where a run has found them. */
  readonly found?: NonNullable<DataSpec['path']>
}

/** The format of a source: the one named, or the first that it matches. @throws InputError */
export function formatOf(source: DataSource, { formats }: Registry, named?: string): readonly [string, FormatRecord] {
  const names = Object.keys(formats)
  const found = named ?? names.find((name) => formats[name]?.matches(source))
  const record = found !== undefined && Object.hasOwn(formats, found) ? formats[found] : undefined
  if (found !== undefined && record !== undefined) return [found, record]
  const other = source.names?.length === 0 ? 'an empty directory' : 'something else'
  const [path, got] = named === undefined ? [source.file, other] : ['data.format', `"${named}"`]
  const cure = named === undefined ? '; name its format in data.format' : ''
  throw new InputError('core', `${path}: expected data in one of the formats ${names.join(', ')}, got ${got}${cure}`)
}

/** The raw tables of a source. @throws InputError */
export async function readSource(source: DataSource, spec: FilesSpec, registry: Registry): Promise<RawTables> {
  const [name, record] = formatOf(source, registry, spec.format)
  const settings = dataOptions(`the format "${name}"`, record, spec.options)
  const apart = record.apart === true ? await readApart(name, source, settings) : undefined
  return apart ?? checkedTables(name, await record.read(source, settings))
}

/** The spec that reads a source like the files of an experiment: with the options of its format, if that is the one that takes them. */
export function specLike(source: DataSource, { format, options = {} }: FilesSpec, registry: Registry): FilesSpec {
  const isKnown = Object.values(registry.formats).some((record) => record.matches(source))
  const [name, record] = formatOf(source, registry, isKnown ? undefined : format)
  return settingsSchema(record).safeParse(options).success ? { format: name, options } : { format: name }
}

async function readSplits(paths: SplitPaths, read: (path: string) => Promise<RawTables>): Promise<RawTables> {
  const tables: Partial<Record<SplitName, RawTable>> = {}
  for (const [split, path] of Object.entries(paths) as [SplitName, string][]) {
    // oxlint-disable-next-line no-await-in-loop -- one at a time keeps memory low
    tables[split] = (await read(path)).train
  }
  return tables as RawTables
}

/** The paths as the working directory has them; those that the user wrote in full stay so. */
function pathOf({ path }: FilesSpec, { dataDir, directory, found }: FilesPlace): NonNullable<DataSpec['path']> {
  const [named, from = ''] =
    dataDir !== undefined ? [dataDir] : directory !== undefined ? [path, directory] : [found ?? path]
  const here = (each: string): string => (isAbsolute(each) ? each : relative('', resolve(from, each)) || '.')
  if (named === undefined) throw new FieldError('data.path', 'expected the path of a file or directory, got none')
  if (typeof named === 'string') return here(named)
  const { train, ...others } = named
  const held = Object.entries(others).map(([split, each]) => [split, here(each)] as const)
  return { train: here(train), ...Object.fromEntries(held) }
}

/**
 * The data set of an experiment's own files.
 * @throws InputError naming the file, and where in it, for what cannot be read or does not fit.
 */
export async function loadFiles(spec: FilesSpec, place: FilesPlace, registry: Registry): Promise<Dataset> {
  const path = pathOf(spec, place)
  const read = async (each: string): Promise<RawTables> => readSource(await fileSource(each, place), spec, registry)
  const tables = await (typeof path === 'string' ? read(path) : readSplits(path, read))
  const name = basename(resolve(typeof path === 'string' ? path : path.train))
  const dataset = tabularDataset(tables, spec, registry)
  const digest = digestOf(dataset)
  return { ...dataset, name, path, digest, origin: `own files, SHA-256 of their values ${digest}` }
}
