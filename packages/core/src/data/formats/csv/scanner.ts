/**
 * Cuts bytes into the fields of records (RFC 4180): fields between delimiters, records between line ends (LF, CRLF or CR),
 * either of which may stand in a field between quotation marks, a mark inside doubled.
 */
const [LF, CR, QUOTE] = [0x0a, 0x0d, 0x22] as const

/** The form of a field: plain, in quotation marks, or in marks with some inside. */
export const quoting = { none: 0, quoted: 1, escaped: 2 } as const

/** Where the fields of one record lie. */
export class RecordScanner {
  starts = new Int32Array(64)
  ends = new Int32Array(64)
  quotes = new Uint8Array(64)
  /** Fields of the record. */
  count = 0
  /** Line ends of the record, those within quotation marks included. */
  lines = 0
  /** The first fault of the record; undefined where there is none. */
  fault: string | undefined
  readonly #delimiter: number

  constructor(delimiter: number) {
    this.#delimiter = delimiter
  }

  /**
   * Reads the record at `at`. Returns the place behind it, or -1 where the bytes end within it.
   * @param isLast true where no bytes follow, so that their end ends the record.
   */
  next(bytes: Uint8Array, at: number, isLast: boolean): number {
    const delimiter = this.#delimiter
    const { length } = bytes
    this.count = 0
    this.lines = 1
    this.fault = undefined
    let start = at
    for (let i = at; i < length; i++) {
      const byte = bytes[i]
      if (byte === delimiter) {
        this.#add(start, i, quoting.none)
        start = i + 1
      } else if (byte === LF) {
        this.#add(start, i, quoting.none)
        return i + 1
      } else if (byte === CR) {
        if (i + 1 === length && !isLast) return -1
        this.#add(start, i, quoting.none)
        return bytes[i + 1] === LF ? i + 2 : i + 1
      } else if (byte === QUOTE && i === start) {
        const end = this.#quoted(bytes, i + 1)
        if (end < 0 || (end === length && !isLast)) return this.#unfinished(isLast, length)
        const after = bytes[end]
        if (after === delimiter) {
          start = end + 1
          i = end
        } else if (after === LF || end === length) return end + 1
        else if (after === CR) {
          if (end + 1 === length && !isLast) return -1
          return bytes[end + 1] === LF ? end + 2 : end + 1
        } else {
          this.fault ??= 'expected a delimiter or the end of the line behind the closing quotation mark'
          i = end - 1
          start = -1
        }
      }
    }
    if (!isLast) return -1
    this.#add(start, length, quoting.none)
    return length
  }

  #unfinished(isLast: boolean, length: number): number {
    if (!isLast) return -1
    this.fault ??= 'a quotation mark is not closed'
    return length
  }

  /** Adds the field in quotation marks whose text begins at `start`; returns the place behind the closing one, or -1. */
  #quoted(bytes: Uint8Array, start: number): number {
    let form: number = quoting.quoted
    for (let i = start; i < bytes.length; i++) {
      const byte = bytes[i]
      if (byte === LF) this.lines++
      if (byte !== QUOTE) continue
      if (bytes[i + 1] !== QUOTE) {
        this.#add(start, i, form)
        return i + 1
      }
      form = quoting.escaped
      i++
    }
    return -1
  }

  #add(start: number, end: number, form: number): void {
    if (start < 0) return
    if (this.count === this.starts.length) this.#grow()
    this.starts[this.count] = start
    this.ends[this.count] = end
    this.quotes[this.count++] = form
  }

  #grow(): void {
    const length = 2 * this.starts.length
    const [starts, ends, quotes] = [new Int32Array(length), new Int32Array(length), new Uint8Array(length)]
    starts.set(this.starts)
    ends.set(this.ends)
    quotes.set(this.quotes)
    Object.assign(this, { starts, ends, quotes })
  }
}

/** True for a record that is an empty line. */
export function isBlank({ count, starts, ends, quotes }: RecordScanner): boolean {
  return count === 1 && starts[0] === ends[0] && quotes[0] === quoting.none
}
