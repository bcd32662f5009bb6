/** Documents whose last field is their own digest, the SHA-256 of the document without it: they tell of any change in them. */
import { parseExactly } from '../numerics/json.js'
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
