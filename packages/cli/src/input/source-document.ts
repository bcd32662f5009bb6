/** A parsed document that remembers where its fields stand. */

/** Keys and indices from the root of a document to a field. */
export type FieldPath = readonly (string | number)[]

/** A place in a text, both from 1. */
export interface Position {
  readonly line: number
  readonly column: number
}

/** A document read from a file. */
export interface SourceDocument {
  readonly value: unknown
  /** The place of a field, of its key in an object; undefined for a field that the document does not have. */
  readonly placeOf: (path: FieldPath) => Position | undefined
}

/** Line and column of an offset. */
export function positionAt(text: string, offset: number): Position {
  const before = text.slice(0, offset).split(/\r\n|\r|\n/)
  return { line: before.length, column: (before.at(-1) ?? '').length + 1 }
}

/** The place of a field, or of the nearest field around it that the document has; undefined for the document itself. */
function nearestPlace({ placeOf }: SourceDocument, path: FieldPath): Position | undefined {
  for (let length = path.length; length > 0; length--) {
    const place = placeOf(path.slice(0, length))
    if (place !== undefined) return place
  }
  return undefined
}

/** ` (line 3)` for a field, or for the nearest field around it that the document has; nothing for the document itself. */
export function locator(document: SourceDocument): (path: FieldPath) => string {
  return (path) => {
    const place = nearestPlace(document, path)
    return place === undefined ? '' : ` (line ${place.line})`
  }
}

/** `experiment.yaml:3:12` for the same. */
export function pointer(document: SourceDocument, source: string): (path: FieldPath) => string | undefined {
  return (path) => {
    const place = nearestPlace(document, path)
    return place && `${source}:${place.line}:${place.column}`
  }
}
