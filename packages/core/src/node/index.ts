/** `@isograd/core/node`: files, downloads and records on disk. Everything that imports `node:` is behind this entry. */
export {}
