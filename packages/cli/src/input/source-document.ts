/** A parsed document that remembers where its fields stand. */

/** Keys and indices from the root of a document to a field. */
export type FieldPath = readonly (string | number)[]

/** A document read from a file. */
export interface SourceDocument {
  readonly value: unknown
  /** The line, from 1, on which a field stands; undefined for a field that the document does not have. */
  readonly lineOf: (path: FieldPath) => number | undefined
}

/** A place in a text, both from 1. */
export interface Position {
  readonly line: number
  readonly column: number
}

/** Line and column of an offset. */
export function positionAt(text: string, offset: number): Position {
  const before = text.slice(0, offset).split(/\r\n|\r|\n/)
  return { line: before.length, column: (before.at(-1) ?? '').length + 1 }
}

/** ` (line 3)` for a field, or for the nearest field around it that the document has; nothing for the document itself. */
export function locator({ lineOf }: SourceDocument): (path: FieldPath) => string {
  return (path) => {
    for (let length = path.length; length > 0; length--) {
      const line = lineOf(path.slice(0, length))
      if (line !== undefined) return ` (line ${line})`
    }
    return ''
  }
}
