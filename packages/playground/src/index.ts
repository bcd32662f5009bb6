/** `@isograd/playground`: where the files of the page lie. They are served, or copied to any server of static files, as they are. */

/** The directory of the page: `index.html`, with all that it loads beside it. */
export const site: URL = new URL('./site/', import.meta.url)
