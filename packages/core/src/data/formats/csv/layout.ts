/** The layout that the first records of a CSV file tell: its delimiter, the names of its columns, and which of them hold numbers. */
import { didYouMean } from '../../../nearest.js'
import { failIn } from '../format.js'
import { type IsMissing, textOf } from './columns.js'
import { parseDecimal } from './decimal.js'
import { isBlank, RecordScanner } from './scanner.js'

/** Settings of the format, complete. */
export interface CsvSettings {
  readonly delimiter?: string | undefined
  readonly header: boolean
  readonly names?: readonly string[] | undefined
  readonly decimal: '.' | ','
  readonly missing: readonly string[]
  readonly columns?: readonly string[] | undefined
  readonly text: readonly string[]
}

/** A column of the file that is read. */
export interface ColumnPlan {
  readonly name: string
  /** Its place in each record. */
  readonly at: number
  readonly kind: 'numbers' | 'texts'
}

/** The layout of a file. */
export interface CsvLayout {
  readonly delimiter: number
  /** Fields in each record. */
  readonly width: number
  readonly columns: readonly ColumnPlan[]
  /** Bytes of a record, on average. */
  readonly recordBytes: number
}

/** Of two that do equally well the first: a comma may stand in numbers. */
const DELIMITERS = ['\t', ';', '|', ','] as const
const MOST_SAMPLED = 1000

/** A record as texts, and its line. */
interface TextRecord {
  readonly line: number
  /** The place behind it. */
  readonly end: number
  readonly fields: readonly string[]
}

/** The text of a field of the scanned record. @throws InputError where it is not UTF-8. */
export function decodeField(file: string, line: number, scanner: RecordScanner, bytes: Uint8Array, at: number): string {
  const { starts, ends, quotes } = scanner
  try {
    return textOf(bytes, starts[at] as number, ends[at] as number, quotes[at] as number)
  } catch (error) {
    return failIn(file, `line ${line}: expected text in UTF-8, got other bytes; save the file as UTF-8`, error)
  }
}

function recordsOf(file: string, bytes: Uint8Array, delimiter: number, isLast: boolean): TextRecord[] {
  const scanner = new RecordScanner(delimiter)
  const records: TextRecord[] = []
  for (let at = 0, line = 1; at < bytes.length && records.length <= MOST_SAMPLED;) {
    const next = scanner.next(bytes, at, isLast)
    if (next < 0) break
    if (scanner.fault !== undefined) failIn(file, `line ${line}: ${scanner.fault}`)
    if (!isBlank(scanner)) {
      const fields = Array.from({ length: scanner.count }, (_, i) => decodeField(file, line, scanner, bytes, i).trim())
      records.push({ line, end: next, fields })
    }
    at = next
    line += scanner.lines
  }
  return records
}

/** The delimiter that cuts the first records into most fields, as many in each. */
function guessDelimiter(bytes: Uint8Array, isLast: boolean, decimal: string): string {
  const first = bytes.subarray(0, 1 << 16)
  const isWhole = isLast && first.length === bytes.length
  const widths = DELIMITERS.filter((delimiter) => delimiter !== decimal).map((delimiter) => {
    const scanner = new RecordScanner(delimiter.charCodeAt(0))
    const counts: number[] = []
    for (let at = 0; at < first.length && counts.length < 20;) {
      at = scanner.next(first, at, isWhole)
      if (at < 0) break
      if (!isBlank(scanner)) counts.push(scanner.count)
    }
    const [width = 1] = counts
    return { delimiter, width, agree: counts.filter((count) => count === width).length / Math.max(1, counts.length) }
  })
  const [best] = widths.filter(({ width }) => width > 1).toSorted((a, b) => b.agree - a.agree || b.width - a.width)
  return best?.delimiter ?? ','
}

function isNumber(text: string, { decimal }: CsvSettings): boolean {
  const bytes = new TextEncoder().encode(text)
  return Number.isFinite(parseDecimal(bytes, 0, bytes.length, decimal.charCodeAt(0)))
}

function namesOf(file: string, { fields, line }: TextRecord, settings: CsvSettings): string[] {
  const { header, names } = settings
  if (names !== undefined && names.length !== fields.length) {
    failIn(file, `data.options.names: expected ${fields.length} names, as line ${line} has fields, got ${names.length}`)
  }
  if (!header) return names === undefined ? fields.map((_, i) => `column${i + 1}`) : [...names]
  const cure = 'say "header": false in data.options where the file has none'
  if (fields.every((field) => isNumber(field, settings))) {
    failIn(
      file,
      `line ${line}: expected names of columns, got numbers (${fields.slice(0, 3).join(', ')}, ...); ${cure}`,
    )
  }
  const found = names ?? fields
  const empty = found.findIndex((name) => name === '')
  if (empty >= 0) failIn(file, `line ${line}: expected a name of every column, column ${empty + 1} has none; ${cure}`)
  const twice = found.findIndex((name, i) => found.indexOf(name) < i)
  if (twice >= 0) {
    const places = `columns ${found.indexOf(String(found[twice])) + 1} and ${twice + 1}`
    failIn(file, `line ${line}: expected every name once, got "${found[twice]}" for ${places}; ${cure}`)
  }
  return [...found]
}

/** The columns to read, by name; all unless some are asked for. */
function chosen(file: string, names: readonly string[], { columns, text }: CsvSettings): readonly string[] {
  for (const [setting, wanted] of Object.entries({ columns, text })) {
    const unknown = wanted?.find((name) => !names.includes(name))
    if (unknown === undefined) continue
    const hint = didYouMean(unknown, names)
    failIn(file, `data.options.${setting}: there is no column "${unknown}"${hint} It has: ${names.join(', ')}`)
  }
  return columns ?? names
}

/** The message on a value that is no number. */
export function oddNumberText(name: string, line: number, got: string, { decimal }: CsvSettings): string {
  const what = `line ${line}, column "${name}": expected a number as in other rows, got "${got}"`
  if (decimal === '.' && /^[+-]?\d+,\d+$/.test(got)) return `${what}; say "decimal": "," in data.options`
  if (decimal === ',' && /^[+-]?\d+\.\d+$/.test(got)) return `${what}; leave out "decimal": "," in data.options`
  const cures = `"missing": ["${got}"] where it stands for a missing value, "text": ["${name}"] where the column holds text`
  return `${what}; mend it, or say in data.options ${cures}`
}

/** Numbers where most of the first values are; one that is none among them is a fault. */
function kindOf(
  file: string,
  name: string,
  at: number,
  sampled: readonly TextRecord[],
  settings: CsvSettings,
  isMissing: IsMissing,
): ColumnPlan['kind'] {
  if (settings.text.includes(name)) return 'texts'
  const present = sampled.filter(({ fields }) => !isMissing(fields[at] ?? ''))
  const odd = present.filter(({ fields }) => !isNumber(fields[at] ?? '', settings))
  const [first] = odd
  if (first === undefined) return 'numbers'
  const got = first.fields[at] ?? ''
  const other = settings.decimal === '.' ? ',' : '.'
  const isOtherDecimal = odd.every(({ fields }) => isNumber(fields[at] ?? '', { ...settings, decimal: other }))
  if (2 * odd.length < present.length || isOtherDecimal) failIn(file, oddNumberText(name, first.line, got, settings))
  return 'texts'
}

function checkWidth(file: string, { fields }: TextRecord, records: readonly TextRecord[]): void {
  const ragged = records.find((record) => record.fields.length !== fields.length)
  if (ragged !== undefined) failIn(file, raggedText(ragged.line, fields.length, ragged.fields.length))
}

/** The message on a record that has more or fewer fields than the first. */
export function raggedText(line: number, expected: number, got: number): string {
  return `line ${line}: expected ${expected} fields as in the first line, got ${got}`
}

/** The layout that the beginning of a file tells. @throws InputError */
export function layoutOf(
  file: string,
  bytes: Uint8Array,
  isLast: boolean,
  settings: CsvSettings,
  isMissing: IsMissing,
): CsvLayout {
  const delimiter = (settings.delimiter ?? guessDelimiter(bytes, isLast, settings.decimal)).charCodeAt(0)
  const records = recordsOf(file, bytes, delimiter, isLast)
  const [first] = records
  if (!isLast && records.length < (settings.header ? 2 : 1)) {
    const got = `expected lines that end within the first ${bytes.length} bytes, got a longer one`
    return failIn(file, `line ${records.length + 1}: ${got}; keep a table this wide as .npy or .parquet`)
  }
  if (first === undefined) return failIn(file, 'the file is empty; expected a line of names and a line for each sample')
  checkWidth(file, first, records)
  const names = namesOf(file, first, settings)
  const sampled = settings.header ? records.slice(1) : records
  if (sampled.length === 0) failIn(file, 'expected a line for each sample behind the names, got none')
  const wanted = chosen(file, names, settings)
  const columns = names.flatMap((name, at) =>
    wanted.includes(name) ? [{ name, at, kind: kindOf(file, name, at, sampled, settings, isMissing) }] : [],
  )
  const last = records.at(-1)
  return { delimiter, width: first.fields.length, columns, recordBytes: Number(last?.end) / records.length }
}
