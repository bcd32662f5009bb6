/**
 * A format of data files: how it is told from others, and how its content becomes columns. A format sees a source, never
 * the file system, so that this folder needs no Node; `node/file-source.ts` is where sources come from.
 */
import { failAt as failIn } from '../../errors.js'
import type { NamedRecord, SettingsOf, Shape } from '../../registry/settings.js'
import type { RawTables } from '../raw.js'

/** A file, uncompressed where it is gzip, or a directory. */
export interface DataSource {
  /** As messages name it. */
  readonly file: string
  /** Entries of a directory, by name; undefined for a file. */
  readonly names: readonly string[] | undefined
  /** Bytes of a file as it lies there, compressed or not; 0 for a directory. */
  readonly size: number
  /** The first bytes of a file, at most 4 KiB. */
  readonly head: Uint8Array
  /** The whole content, in memory of its own that begins at a multiple of 8. @throws InputError */
  bytes(): Promise<Uint8Array<ArrayBuffer>>
  /** The content piece by piece. A piece is overwritten by the next. @throws InputError */
  chunks(): AsyncIterable<Uint8Array>
  /** The source of a directory's entry. @throws InputError */
  open(name: string): Promise<DataSource>
}

/** One format. */
export interface FormatRecord<S extends Shape = Shape> extends NamedRecord<S> {
  /** One line for lists. */
  readonly about: string
  /** Tells by the name and the first bytes, or the entries, if a source is of the format; the first such format reads it. */
  matches(source: Pick<DataSource, 'file' | 'names' | 'head'>): boolean
  /** True where a package of others reads it, which a damaged file must not hang; its rows are told by their number. */
  readonly apart?: true
  /** @param settings from `data.options`. @throws InputError naming file, row and column. */
  read(source: DataSource, settings: SettingsOf<S>): Promise<RawTables>
}

/** Ties a format's functions to the type of its settings. */
export function format<S extends Shape = Shape>(record: FormatRecord<S>): FormatRecord<S> {
  return record
}

export { failIn }

/**
 * Refuses a file whose package cannot be loaded, and says how to install it. The import itself stands where the package is
 * used, by its name and within a try: bundlers then take it along where it is installed, and go on without it where not.
 */
export function failWithout(name: string, file: string, error: unknown): never {
  return failIn(
    file,
    `the package "${name}" reads this format, and is not there; install it: npm install ${name}`,
    error,
  )
}

/** The last part of a path. */
export function nameOf(file: string): string {
  return file.slice(Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1)
}

const MOST_LISTED = 8

/** The first of some names, and the number of the others. */
export function listText(names: readonly string[]): string {
  const more = names.length - MOST_LISTED
  return `${names.slice(0, MOST_LISTED).join(', ') || 'nothing'}${more > 0 ? ` and ${more} more` : ''}`
}

/** The extension of a name in lower case, with its dot, without a `.gz` behind it: `.csv`. */
export function extensionOf(file: string): string {
  return /(\.[a-z0-9]+)(?:\.gz)?$/i.exec(file)?.[1]?.toLowerCase() ?? ''
}
