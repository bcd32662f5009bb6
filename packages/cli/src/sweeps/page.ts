/** The page of a sweep: written beside its results when a command ends. */
import { join } from 'node:path'
import { stringifyDocument } from '@isograd/core'
import { sha256, whileLocked, writeAtomically } from '@isograd/core/node'
import { readSource, renderReport } from '@isograd/report'
import type { SweepDocument } from '../documents/sweep-document.js'
import { addDigests, readDigests } from '../documents/digests-file.js'
import { messageOf } from '../errors/failure.js'

const REPORT_FILE = 'report.html'

/** Writes the page of a document into its directory; a page that cannot be made costs nothing else. @returns a line that says where it is, or why not. */
export async function writeSweepPage(document: SweepDocument): Promise<string> {
  const { directory } = document
  try {
    const page = await renderReport([readSource(stringifyDocument(document), directory)])
    const isFree = await whileLocked(directory, () => {
      readDigests(directory)
      writeAtomically(join(directory, REPORT_FILE), page)
      addDigests(directory, { [REPORT_FILE]: sha256(Buffer.from(page)) })
    })
    if (!isFree) return `note: ${REPORT_FILE} was not written: ${directory} is in use`
    return `report: ${join(directory, REPORT_FILE)}`
  } catch (error) {
    return `note: ${REPORT_FILE} was not written: ${messageOf(error)}`
  }
}
