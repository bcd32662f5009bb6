/** The document of `isograd data inspect --json`. */
import type { DataDescription } from '@isograd/core/node'

/** Version of the document's form. */
export const DATA_SCHEMA = 'isograd.data/1'

/** The document that `isograd data inspect --json` prints: the content of a file or directory of data. */
export interface DataDocument extends DataDescription {
  readonly schema: typeof DATA_SCHEMA
}
