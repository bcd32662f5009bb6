/** Names from documents, which may be anything. */

/** Each item once, in the order in which they come. */
export function unique<T>(items: Iterable<T>): T[] {
  return [...new Set(items)]
}

/** A name as a part of an element's id. */
export function idPart(name: string): string {
  return name.replaceAll(/[^\w-]+/g, '_')
}
