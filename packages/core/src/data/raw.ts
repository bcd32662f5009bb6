/**
 * The tables that a format makes of a file: columns as they are written there, before anything is decided about targets, encodings
 * and splits. A value that is missing is NaN in a column of numbers and -1 in a column of texts.
 */
import type { Column, NumbersEncoding } from './field.js'

/** A column of numbers. */
export interface RawNumbers {
  readonly kind: 'numbers'
  readonly values: Column
  /** Absent: as they are. */
  readonly encoding?: NumbersEncoding
}

/** A column of texts: places in the list of those that occur, in the order in which they first do. */
export interface RawTexts {
  readonly kind: 'texts'
  readonly places: Int32Array
  readonly texts: readonly string[]
}

/** One column. */
export type RawColumn = RawNumbers | RawTexts

/** Columns of one length. */
export interface RawTable {
  readonly count: number
  readonly columns: Readonly<Record<string, RawColumn>>
  /** The file that messages name. */
  readonly file: string
  /** The place of a row in the file, as messages have it: `line 18`. */
  readonly placeOf: (row: number) => string
}

/** Tables that a file or a directory holds: one to train on, and those that it holds out. */
export interface RawTables {
  readonly train: RawTable
  readonly validation?: RawTable
  readonly test?: RawTable
  /** The column that is to be told from the others, where the format says so. */
  readonly target?: string
}
