/**
 * `@isograd/playground`: where the files of the page lie. They are served, or copied to any server of static files, as they are.
 * @packageDocumentation
 * @experimental
 */

declare const POLICY: string

/** The policy for what the page loads and starts, workers included: a header of whoever serves it. */
export const policy: string = POLICY

/** The directory of the page: `index.html`, with all that it loads beside it. */
export const site: URL = new URL('./site/', import.meta.url)
