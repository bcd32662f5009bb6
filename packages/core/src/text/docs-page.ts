/** The pages of documentation, for messages: a package that is installed has none of them beside it. */

/** The address of a page of `docs`. */
export function docsPage(name: string): string {
  return `https://github.com/isograd/isograd/blob/main/docs/${name}`
}
