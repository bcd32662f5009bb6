/**
 * A record of the table of data: a set that is drawn by a generator, or one that lies in published files. How files are
 * found and downloaded is `node/`; what they hold is `formats/`.
 */
import type { NamedRecord, SettingsOf, Shape } from '../registry/settings.js'
import type { Dataset } from './dataset.js'
import type { CifarForm } from './formats/cifar.js'
import type { IdxFour } from './formats/idx-dataset.js'

/** The content that a known file must hold. */
export interface Checksum {
  /** Length of the uncompressed content; where the sum is that of a `.gz`, the most that it may be. */
  readonly bytes: number
  /** Lower-case hexadecimal. */
  readonly sha256: string
  /** The bytes that the sum is taken of: the content, however compressed (unless given), or the `.gz` exactly as published. */
  readonly of?: 'content' | 'gzip'
}

/** Samples that an experiment asks for; a generator may draw as many as it likes where it does not say. */
export interface DataSize {
  readonly train?: number
  readonly test?: number
}

/** A set that is drawn, computed, or read by a function of an extension. */
export interface GeneratedData<S extends Shape = Shape> extends NamedRecord<S> {
  readonly from: 'generator'
  /** One line for lists. */
  readonly about: string
  /** Draws or reads the samples. */
  make(settings: SettingsOf<S>, size: DataSize): Dataset | Promise<Dataset>
}

/** A set in four published files of MNIST's format. */
export interface IdxData extends NamedRecord {
  readonly from: 'idx'
  readonly about: string
  /** Addresses of directories, each ending in a slash, that hold the four files as .gz; best first. */
  readonly mirrors: readonly string[]
  readonly checksums: IdxFour<Checksum>
  /** 10 unless given. */
  readonly categories?: number
}

/** A set in a published archive of CIFAR's binary format. */
export interface CifarData extends NamedRecord {
  readonly from: 'cifar'
  readonly about: string
  readonly form: CifarForm
  /** Addresses of directories, each ending in a slash, that hold the archive. */
  readonly mirrors: readonly string[]
  readonly archive: { readonly name: string; readonly checksum: Checksum }
  /** Where the files lie in the archive. */
  readonly directory: string
  /** Files by name, in the order of their samples. */
  readonly train: Readonly<Record<string, Checksum>>
  readonly test: Readonly<Record<string, Checksum>>
}

/** The user's own files in MNIST's format, from a directory. */
export interface DirectoryData<S extends Shape = Shape> extends NamedRecord<S> {
  readonly from: 'idxDirectory'
  readonly about: string
}

/** The user's own files in the formats of the registry. */
export interface FilesData extends NamedRecord {
  readonly from: 'files'
  readonly about: string
}

/** One set. */
export type DataRecord<S extends Shape = Shape> = GeneratedData<S> | IdxData | CifarData | DirectoryData<S> | FilesData

/** Ties a generator to the type of its settings. */
export function generated<S extends Shape = Shape>(record: GeneratedData<S>): GeneratedData<S> {
  return record
}
