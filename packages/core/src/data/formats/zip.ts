/**
 * Entries of a zip archive (PKWARE, APPNOTE.TXT), read with suspicion: sizes are those that it says, and each entry has the
 * CRC-32 that it says and memory of its own in the archive. What is packed may not grow out of measure.
 */
import { crc32 } from './crc32.js'
import { thrownText } from '../../text/visible.js'
import { failIn } from './format.js'

const END = 0x06054b50
const LISTED = 0x02014b50
const LOCAL = 0x04034b50
/** Lengths of the fixed parts of the three. */
const LENGTHS = { end: 22, listed: 46, local: 30 } as const
const LONGEST_COMMENT = 0xffff
const BEYOND_32_BITS = 0xffffffff
const STORED = 0
const DEFLATED = 8
/** The most that entries may have together; below `HARMLESS` they may also be packed by any factor. */
const MOST_BYTES = 2 ** 31
const HARMLESS_BYTES = 2 ** 28
const MOST_FACTOR = 200
const PIECE_BYTES = 1 << 16

interface Entry {
  readonly name: string
  readonly method: number
  readonly crc: number
  readonly packed: number
  readonly size: number
  /** Where its own header begins. */
  readonly offset: number
}

/** Reads one archive. */
class ZipReader {
  readonly #file: string
  readonly #bytes: Uint8Array
  readonly #view: DataView

  constructor(file: string, bytes: Uint8Array) {
    this.#file = file
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  #damaged(problem: string): never {
    return failIn(this.#file, `the archive is damaged: ${problem}`)
  }

  #word(at: number): number {
    return this.#view.getUint32(at, true)
  }

  #half(at: number): number {
    return this.#view.getUint16(at, true)
  }

  #text(start: number, length: number): string {
    return new TextDecoder().decode(this.#bytes.subarray(start, start + length))
  }

  /** The place of the record at the end, behind which there is a comment at most. */
  #end(): number {
    const last = this.#bytes.length - LENGTHS.end
    for (let at = last; at >= Math.max(0, last - LONGEST_COMMENT); at--) if (this.#word(at) === END) return at
    return this.#damaged('its end is missing')
  }

  /** The entries of the list. */
  entries(): Entry[] {
    const end = this.#end()
    const [count, start] = [this.#half(end + 10), this.#word(end + 16)]
    const entries: Entry[] = []
    let at = start
    for (let i = 0; i < count; i++) {
      if (at + LENGTHS.listed > end || this.#word(at) !== LISTED) this.#damaged('its list of entries is cut short')
      entries.push(this.#listed(at))
      at += LENGTHS.listed + this.#half(at + 28) + this.#half(at + 30) + this.#half(at + 32)
    }
    const names = new Set(entries.map(({ name }) => name))
    if (names.size < count) this.#damaged('two entries have one name')
    return entries
  }

  #listed(at: number): Entry {
    const [packed, size, offset] = [this.#word(at + 20), this.#word(at + 24), this.#word(at + 42)]
    const name = this.#text(at + LENGTHS.listed, this.#half(at + 28))
    if ([packed, size, offset].includes(BEYOND_32_BITS)) failIn(this.#file, `"${name}" is larger than 4 GiB`)
    if ((this.#half(at + 8) & 1) !== 0) failIn(this.#file, `"${name}" is encrypted`)
    return { name, method: this.#half(at + 10), crc: this.#word(at + 16), packed, size, offset }
  }

  /** The packed bytes of an entry. */
  #packed({ name, offset, packed, method, size }: Entry): Uint8Array {
    if (offset + LENGTHS.local > this.#bytes.length || this.#word(offset) !== LOCAL) {
      this.#damaged(`"${name}" is not where the list says`)
    }
    const start = offset + LENGTHS.local + this.#half(offset + 26) + this.#half(offset + 28)
    const bytes = this.#bytes.subarray(start, start + packed)
    if (bytes.length < packed) this.#damaged(`"${name}" is cut short`)
    if (method === STORED && size !== packed) this.#damaged(`"${name}": expected ${size} bytes, got ${packed}`)
    return bytes
  }

  /** @throws InputError where entries share bytes, as those that are to unpack to more than anyone has stored. */
  checkOverlaps(entries: readonly Entry[]): void {
    let stop = 0
    for (const entry of entries.toSorted((a, b) => a.offset - b.offset)) {
      if (entry.offset < stop) this.#damaged(`"${entry.name}" overlaps the entry before it`)
      const bytes = this.#packed(entry)
      stop = bytes.byteOffset - this.#bytes.byteOffset + bytes.length
    }
  }

  checkGrowth(entries: readonly Entry[]): void {
    const total = entries.reduce((sum, { size }) => sum + size, 0)
    if (total <= HARMLESS_BYTES || (total <= MOST_BYTES && total <= MOST_FACTOR * this.#bytes.length)) return
    const most =
      total <= MOST_BYTES ? `${MOST_FACTOR} times its own ${this.#bytes.length} bytes` : `${MOST_BYTES} bytes`
    failIn(this.#file, `expected at most ${most} when unpacked, got ${total}; unpack it, and name the directory`)
  }

  /** The content of an entry. */
  async content(entry: Entry): Promise<Uint8Array> {
    const { name, method, size, crc } = entry
    const packed = this.#packed(entry)
    if (method !== STORED && method !== DEFLATED)
      failIn(this.#file, `"${name}": packed by method ${method}, not deflate`)
    const content = method === STORED ? packed.slice() : await this.#inflated(name, packed, size)
    if (crc32(content) !== crc) this.#damaged(`"${name}" does not have the CRC-32 that the list says`)
    return content
  }

  async #inflated(name: string, packed: Uint8Array, size: number): Promise<Uint8Array> {
    const { Inflate } = await import('fflate')
    const content = new Uint8Array(size)
    const taken = { bytes: 0 }
    const inflate = new Inflate((piece) => {
      if (taken.bytes + piece.length <= size) content.set(piece, taken.bytes)
      taken.bytes += piece.length
    })
    try {
      for (let from = 0; from < packed.length && taken.bytes <= size; from += PIECE_BYTES) {
        inflate.push(packed.subarray(from, from + PIECE_BYTES), from + PIECE_BYTES >= packed.length)
      }
    } catch (error) {
      this.#damaged(`"${name}" cannot be unpacked: ${thrownText(error)}`)
    }
    const { bytes: at } = taken
    if (at !== size) this.#damaged(`"${name}": expected ${size} bytes when unpacked, got ${at > size ? 'more' : at}`)
    return content
  }
}

/**
 * The contents of the entries that `isWanted` takes, by name.
 * @throws InputError naming the file for an archive that is damaged, encrypted, or grows out of measure.
 */
export async function unzip(
  file: string,
  bytes: Uint8Array,
  isWanted: (name: string) => boolean,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const reader = new ZipReader(file, bytes)
  const entries = reader.entries()
  reader.checkOverlaps(entries)
  const wanted = entries.filter(({ name }) => isWanted(name))
  reader.checkGrowth(wanted)
  const contents = new Map<string, Uint8Array>()
  // oxlint-disable-next-line no-await-in-loop -- one after the other keeps memory low
  for (const entry of wanted) contents.set(entry.name, await reader.content(entry))
  return contents
}
