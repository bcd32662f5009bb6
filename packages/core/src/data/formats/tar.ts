/**
 * Reads a tar archive, as far as published data sets need it: regular files of the ustar format (POSIX.1-1988) and the
 * old one before it, and GNU's long names. Directories, links and extended headers are passed over.
 */
import { InputError } from '../../errors.js'
import type { NamedBytes } from './idx.js'

const BLOCK = 512
const REGULAR = new Set(['0', '\0', ''])
const LONG_NAME = 'L'

function fail({ file }: NamedBytes, problem: string): never {
  throw new InputError('core', `${file}: not a usable tar archive: ${problem}`)
}

/** Text up to the first zero byte. */
function textAt(block: Uint8Array, start: number, length: number): string {
  const field = block.subarray(start, start + length)
  const end = field.indexOf(0)
  return new TextDecoder().decode(end < 0 ? field : field.subarray(0, end))
}

/** A number in octal digits, with blanks around them. */
function octalAt(source: NamedBytes, block: Uint8Array, start: number, length: number): number {
  const text = textAt(block, start, length).trim()
  if (!/^[0-7]+$/.test(text)) fail(source, `expected a number in octal digits, got "${text}"`)
  return Number.parseInt(text, 8)
}

/** The sum of all bytes of the header, its own field read as blanks. */
function checkHeader(source: NamedBytes, block: Uint8Array): void {
  const expected = octalAt(source, block, 148, 8)
  let sum = 8 * 0x20
  for (const [i, byte] of block.entries()) if (i < 148 || i >= 156) sum += byte
  if (sum !== expected) fail(source, `a header has the checksum ${sum}, expected ${expected}`)
}

interface Entry {
  readonly name: string
  readonly type: string
  readonly content: Uint8Array
  /** Where the next header begins. */
  readonly next: number
}

function readEntry(source: NamedBytes, at: number): Entry | undefined {
  const { bytes } = source
  const block = bytes.subarray(at, at + BLOCK)
  if (block.length < BLOCK) fail(source, `truncated: a header is cut off at byte ${bytes.length}`)
  if (block.every((byte) => byte === 0)) return undefined
  checkHeader(source, block)
  const size = octalAt(source, block, 124, 12)
  const start = at + BLOCK
  const content = bytes.subarray(start, start + size)
  const prefix = textAt(block, 257, 5) === 'ustar' ? textAt(block, 345, 155) : ''
  const name = `${prefix === '' ? '' : `${prefix}/`}${textAt(block, 0, 100)}`
  if (content.length < size) fail(source, `truncated: "${name}" has ${content.length} of ${size} bytes`)
  return { name, type: textAt(block, 156, 1), content, next: start + Math.ceil(size / BLOCK) * BLOCK }
}

/**
 * The regular files of an archive by name, as views on its bytes; of files with one name the last.
 * @throws InputError for what is no tar archive, or a damaged one.
 */
export function readTar(source: NamedBytes): ReadonlyMap<string, Uint8Array> {
  const files = new Map<string, Uint8Array>()
  let longName: string | undefined
  for (let at = 0; at < source.bytes.length;) {
    const entry = readEntry(source, at)
    if (entry === undefined) break
    if (entry.type === LONG_NAME) longName = textAt(entry.content, 0, entry.content.length)
    else {
      if (REGULAR.has(entry.type)) files.set(longName ?? entry.name, entry.content)
      longName = undefined
    }
    at = entry.next
  }
  return files
}
