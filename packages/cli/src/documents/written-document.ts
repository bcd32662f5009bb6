/** The document of a verb that leaves files and no figures. */

/** Version of the document's form. */
export const WRITTEN_SCHEMA = 'isograd.written/1'

/** The document that `--json` prints. */
export interface WrittenDocument {
  readonly schema: typeof WRITTEN_SCHEMA
  /** Files and directories that were written, as they were named. */
  readonly written: readonly string[]
}
