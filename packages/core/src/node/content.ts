/**
 * The content of a data file: uncompressed where it is gzip, and compared with its checksum. What is wrong comes back
 * as words, since a damaged file ends a run when it is the user's and only a try when it comes from a mirror.
 */
import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import type { Checksum } from '../data/record.js'
import { codeOf } from './file-errors.js'

/** Bytes, or what is wrong with them. */
export type Outcome = { readonly content: Uint8Array } | { readonly problem: string }

const inflate = promisify(gunzip)

/** Room for the largest set in MNIST's format that core makes or reads: two million samples. */
const MOST_BYTES = 2 ** 31

/** SHA-256 in lower-case hexadecimal. */
export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function startsWith(bytes: Uint8Array, ...start: readonly number[]): boolean {
  return start.every((byte, at) => bytes[at] === byte)
}

/** True when the bytes are the beginning of a web page: what some servers and proxies send instead of a file. */
export function looksLikeHtml(bytes: Uint8Array): boolean {
  return /^\s*<(!doctype|html|head|body|\?xml)/i.test(Buffer.from(bytes.subarray(0, 64)).toString('latin1'))
}

const problems: Readonly<Record<string, string>> = {
  Z_BUF_ERROR: 'truncated gzip: the end is missing',
  Z_DATA_ERROR: 'damaged gzip',
  ERR_BUFFER_TOO_LARGE: 'uncompressed, it is larger than expected',
}

/** A failure to uncompress in words; undefined for one that is no such failure. */
export function gzipProblem(error: unknown): string | undefined {
  return problems[String(codeOf(error))]
}

/** The bytes, uncompressed when they are gzip; a name in .gz alone does not make them so. */
export async function uncompress(name: string, bytes: Uint8Array, most = MOST_BYTES): Promise<Outcome> {
  if (startsWith(bytes, 0x1f, 0x8b)) {
    try {
      return { content: await inflate(bytes, { maxOutputLength: most }) }
    } catch (error) {
      return { problem: gzipProblem(error) ?? `cannot be uncompressed: ${String(error)}` }
    }
  }
  if (looksLikeHtml(bytes)) return { problem: 'an HTML page instead of the file' }
  // Some servers and browsers uncompress a .gz on its way and keep the name: IDX files begin with 0, 0, type.
  if (name.endsWith('.gz') && !startsWith(bytes, 0, 0)) {
    const start = Buffer.from(bytes.subarray(0, 4)).toString('hex')
    return { problem: `named .gz, expected gzip (1f8b...), got ${bytes.length === 0 ? 'no bytes' : `${start}...`}` }
  }
  return { content: bytes }
}

/** As `uncompress`, and the file is the one that `checksum` names. */
export async function verify(name: string, bytes: Uint8Array, checksum: Checksum): Promise<Outcome> {
  const outcome = await uncompress(name, bytes, checksum.bytes)
  if ('problem' in outcome) return outcome
  const summed = checksum.of === 'gzip' ? bytes : outcome.content
  const got = sha256(summed)
  if (got === checksum.sha256) return outcome
  const what = checksum.of === 'gzip' ? 'the published .gz' : `${checksum.bytes} bytes`
  const expected = `expected ${what} with SHA-256 ${checksum.sha256}`
  return { problem: `wrong content: ${expected}, got ${summed.length} bytes with SHA-256 ${got}` }
}
