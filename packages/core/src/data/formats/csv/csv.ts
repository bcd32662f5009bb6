/**
 * Comma-separated values, and those with another delimiter (RFC 4180): a line of names, then a line for each sample. Read in
 * pieces, straight from bytes to typed columns.
 */
import * as z from 'zod/mini'
import type { RawTable } from '../../raw.js'
import { type DataSource, extensionOf, failIn, format } from '../format.js'
import { type ColumnBuilder, NumberBuilder, TextBuilder } from './columns.js'
import { type CsvLayout, type CsvSettings, decodeField, layoutOf, oddNumberText, raggedText } from './layout.js'
import { isBlank, RecordScanner } from './scanner.js'

/** Texts that stand for a missing value unless an experiment lists others. */
const MISSING = ['', 'NA', 'N/A', 'NaN', 'nan', 'null']
const character = z.string().check(z.length(1), z.regex(/^[^"\r\n]$/))
/** Bytes that are looked at before the layout is decided. */
const SAMPLED_BYTES = 1 << 18
/** A record longer than this is a quotation mark that is not closed. */
const MOST_RECORD_BYTES = 1 << 26

/** A column that is read. */
interface ReadColumn {
  readonly name: string
  /** Its place in each record. */
  readonly at: number
  readonly builder: ColumnBuilder
}

/** Reads one file. */
class CsvReader {
  readonly #source: DataSource
  readonly #settings: CsvSettings
  readonly #isMissing: (text: string) => boolean
  /** Bytes that are not taken yet: a view on the memory. */
  #bytes: Uint8Array = new Uint8Array()
  #memory = new Uint8Array()
  #layout: CsvLayout | undefined
  #scanner = new RecordScanner(0)
  #builders: readonly ReadColumn[] = []
  #line = 1
  #count = 0
  /** Rows from which on the line is another than rows alone would say. */
  readonly #jumps: { readonly row: number; readonly line: number }[] = []

  constructor(source: DataSource, settings: CsvSettings) {
    this.#source = source
    this.#settings = settings
    const missing = new Set(settings.missing)
    this.#isMissing = (text) => missing.has(text.trim())
  }

  async read(): Promise<RawTable> {
    try {
      for await (const chunk of this.#source.chunks()) {
        this.#append(chunk)
        if (this.#layout !== undefined || this.#bytes.length >= SAMPLED_BYTES) this.#take(false)
      }
      this.#take(true)
    } catch (error) {
      if (error instanceof TypeError) this.#fail('expected text in UTF-8, got other bytes; save the file as UTF-8')
      throw error
    }
    return this.#table()
  }

  /** Puts a piece behind what is left of the one before, in memory that is used again. */
  #append(chunk: Uint8Array): void {
    const left = this.#bytes
    const length = left.length + chunk.length
    if (length > this.#memory.length) {
      const memory = new Uint8Array(2 * length)
      memory.set(left)
      this.#memory = memory
    } else this.#memory.set(left)
    this.#memory.set(chunk, left.length)
    this.#bytes = this.#memory.subarray(0, length)
  }

  /** Takes all records that are whole. */
  #take(isLast: boolean): void {
    let at = this.#layout === undefined ? this.#begin(isLast) : 0
    while (at < this.#bytes.length) {
      const next = this.#scanner.next(this.#bytes, at, isLast)
      if (next < 0) break
      this.#record()
      at = next
    }
    this.#bytes = this.#bytes.subarray(at)
    if (this.#bytes.length > MOST_RECORD_BYTES) this.#fail('a quotation mark is not closed')
  }

  /** Decides the layout; returns the place of the first sample. */
  #begin(isLast: boolean): number {
    const { file, size } = this.#source
    this.#bytes = withoutMark(file, this.#bytes)
    const layout = layoutOf(file, this.#bytes, isLast, this.#settings, this.#isMissing)
    const capacity = Math.ceil((size / layout.recordBytes) * 1.1) + 16
    const point = this.#settings.decimal.charCodeAt(0)
    this.#layout = layout
    this.#scanner = new RecordScanner(layout.delimiter)
    this.#builders = layout.columns.map(({ name, at, kind }) => ({
      name,
      at,
      builder:
        kind === 'numbers'
          ? new NumberBuilder(capacity, point, this.#isMissing)
          : new TextBuilder(capacity, this.#isMissing),
    }))
    return this.#settings.header ? this.#skipHeader() : 0
  }

  /** The place behind the first record that is no empty line. */
  #skipHeader(): number {
    for (let at = 0; ;) {
      at = this.#scanner.next(this.#bytes, at, true)
      this.#line += this.#scanner.lines
      if (!isBlank(this.#scanner)) return at
    }
  }

  #record(): void {
    const scanner = this.#scanner
    const { count, lines, fault } = scanner
    if (fault !== undefined) this.#fail(fault)
    if (!isBlank(scanner)) {
      const width = Number(this.#layout?.width)
      if (count !== width) failIn(this.#source.file, raggedText(this.#line, width, count))
      if (this.#line !== this.#lineOf(this.#count)) this.#jumps.push({ row: this.#count, line: this.#line })
      const { starts, ends, quotes } = scanner
      for (const column of this.#builders) {
        const { at, builder } = column
        if (!builder.add(this.#bytes, starts[at] as number, ends[at] as number, quotes[at] as number))
          this.#refuse(column)
      }
      this.#count++
    }
    this.#line += lines
  }

  #refuse({ name, at }: ReadColumn): never {
    const { file } = this.#source
    const got = decodeField(file, this.#line, this.#scanner, this.#bytes, at)
    return failIn(file, oddNumberText(name, this.#line, got, this.#settings))
  }

  #fail(problem: string): never {
    return failIn(this.#source.file, `line ${this.#line}: ${problem}`)
  }

  #lineOf(row: number): number {
    const jump = this.#jumps.findLast((each) => each.row <= row)
    return jump === undefined ? row + 1 : jump.line + row - jump.row
  }

  #table(): RawTable {
    const columns = this.#builders.map(({ name, builder }) => [name, builder.finish()] as const)
    return {
      count: this.#count,
      columns: Object.fromEntries(columns),
      file: this.#source.file,
      placeOf: (row) => `line ${this.#lineOf(row)}`,
    }
  }
}

/** The bytes without a byte-order mark. @throws InputError for text in UTF-16 or binary data. */
function withoutMark(file: string, bytes: Uint8Array): Uint8Array {
  const [first, second, third] = bytes
  if (first === 0xef && second === 0xbb && third === 0xbf) return bytes.subarray(3)
  const isWide = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)
  if (isWide) failIn(file, 'expected text in UTF-8, got UTF-16; save the file as UTF-8')
  if (bytes.subarray(0, 4096).includes(0))
    failIn(file, 'expected text, got binary data; name its format in data.format')
  return bytes
}

/** `"format": "csv"` */
export const csv = format({
  about: 'text with a line for each sample: .csv, .tsv, .txt, any delimiter, with or without a line of names',
  settings: {
    delimiter: z.optional(character),
    header: z._default(z.boolean(), true),
    names: z.optional(z.array(z.string().check(z.minLength(1)))),
    decimal: z._default(z.enum(['.', ',']), '.'),
    missing: z._default(z.array(z.string()), MISSING),
    columns: z.optional(z.array(z.string()).check(z.minLength(1))),
    text: z._default(z.array(z.string()), []),
  },
  matches: ({ file, names }) =>
    names === undefined && ['.csv', '.tsv', '.tab', '.txt', '.data'].includes(extensionOf(file)),
  read: async (source, settings) => ({ train: await new CsvReader(source, settings).read() }),
})
