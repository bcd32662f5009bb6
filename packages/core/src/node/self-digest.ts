/** Documents whose last field is their own digest, the SHA-256 of the document without it: they tell of any change in them. */
import { parseExactly, stringifyExactly } from '../numerics/json.js'
import { stringifyDocument } from '../records/record.js'
import { sha256 } from './content.js'
import type { FileState } from './run-files.js'

function digestOf(document: object): string {
  return sha256(Buffer.from(stringifyDocument(document)))
}

/** The text of a document with its own digest. */
export function sealedText(document: object): string {
  return stringifyDocument({ ...document, sha256: digestOf(document) })
}

/** The state of a document by its own digest; unknown where it holds none. @throws SyntaxError for what is no JSON. */
export function sealedState(text: string): Exclude<FileState, 'missing'> {
  const { sha256: expected, ...own } = parseExactly(text) as Readonly<Record<string, unknown>>
  if (expected === undefined) return 'unknown'
  return expected === digestOf(own) && text === sealedText(own) ? 'whole' : 'changed'
}

/** A document on one line, with its own digest, for files that grow line by line. */
export function sealedLine(document: object): string {
  const text = stringifyExactly(document)
  return `${text.slice(0, -1)},"sha256":"${sha256(Buffer.from(text))}"}`
}

const SEALED_LINE = /^(\{.+),"sha256":"([0-9a-f]{64})"\}$/

/** The document of a sealed line; undefined where it was cut off, changed, or is none. */
export function openSealedLine(line: string): unknown {
  const [, start = '', expected] = SEALED_LINE.exec(line) ?? []
  const text = `${start}}`
  return expected !== undefined && sha256(Buffer.from(text)) === expected ? parseExactly(text) : undefined
}
