/**
 * An experiment with its backends as the fragment of an address: compressed JSON in base64url. A fragment never leaves the
 * browser, and whoever opens the address may have had it from anyone: it is read as text, and so far as it is short.
 */
import { type BackendName, isBackend } from './backends.js'

/** The content of an address. */
export interface Shared {
  /** The experiment as it was typed. */
  readonly text: string
  readonly backends: readonly [BackendName, BackendName]
}

/** Characters of an experiment that the page takes. */
export const MOST_TEXT = 100_000

const FORM = '1.'
const MOST_FRAGMENT = 64_000

/** Bytes through a compression. @throws TypeError for bytes that are none; RangeError for more than `most`. */
async function through(
  stream: CompressionStream | DecompressionStream,
  bytes: Uint8Array<ArrayBuffer>,
  most: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const reader = new Blob([bytes]).stream().pipeThrough(stream).getReader()
  const chunks: Uint8Array<ArrayBuffer>[] = []
  for (let length = 0; ;) {
    // oxlint-disable-next-line no-await-in-loop -- chunks follow one another
    const { done, value } = await reader.read()
    if (done) return new Uint8Array(await new Blob(chunks).arrayBuffer())
    length += value.length
    chunks.push(value)
    if (length > most) throw new RangeError(`it is longer than ${most.toLocaleString('en-US')} bytes`)
  }
}

function toBase64(bytes: Uint8Array): string {
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  return Uint8Array.from(binary, (character) => character.charCodeAt(0))
}

/** The fragment, without its mark. @throws RangeError for an experiment that is too long for an address. */
export async function encodeShared({ text, backends }: Shared): Promise<string> {
  const json = new TextEncoder().encode(JSON.stringify([text, ...backends]))
  const fragment = FORM + toBase64(await through(new CompressionStream('deflate-raw'), json, MOST_FRAGMENT))
  if (fragment.length > MOST_FRAGMENT)
    throw new RangeError('the experiment is too long for an address: save it as a file')
  return fragment
}

/** The content of a fragment. @throws Error with the reason where it is none that `encodeShared` makes. */
export async function decodeShared(fragment: string): Promise<Shared> {
  if (!fragment.startsWith(FORM)) throw new Error(`expected an address that this page has made, one with #${FORM}`)
  if (fragment.length > MOST_FRAGMENT) throw new Error('expected a shorter address')
  const bytes = await through(
    new DecompressionStream('deflate-raw'),
    fromBase64(fragment.slice(FORM.length)),
    4 * MOST_TEXT,
  )
  const content: unknown = JSON.parse(new TextDecoder().decode(bytes))
  const [text, first, second, ...others]: readonly unknown[] = Array.isArray(content) ? content : []
  if (typeof text !== 'string' || text.length > MOST_TEXT || others.length > 0)
    throw new Error('expected one experiment')
  if (!isBackend(first) || !isBackend(second)) throw new Error('expected two backends of this page')
  return { text, backends: [first, second] }
}
