/** Sources of bytes in memory, as formats see files. */
import type { DataSource } from '../src/data/formats/format.js'

/** A file; `pieces` is the most bytes of each piece that it is read in. */
export function bytesSource(file: string, bytes: Uint8Array, pieces = bytes.length + 1): DataSource {
  return {
    file,
    names: undefined,
    size: bytes.length,
    head: bytes.slice(0, 4096),
    bytes: async () => new Uint8Array(bytes),
    async *chunks() {
      for (let at = 0; at < bytes.length; at += pieces) yield bytes.slice(at, at + pieces)
    },
    open: async () => {
      throw new Error(`${file} is a file`)
    },
  }
}
