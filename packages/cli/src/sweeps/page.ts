/** The page of a sweep: written beside its results when a command ends. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { stringifyDocument } from '@isograd/core'
import { type FileDigests, sha256, whileLocked, writeAtomically } from '@isograd/core/node'
import { readSource, renderReport } from '@isograd/report'
import type { SweepDocument } from '../documents/sweep-document.js'
import { bytesOf } from '../disk/read-json.js'
import { addDigests, readDigests } from '../documents/digests-file.js'
import { RESULT_FILE } from '../documents/sweep-lines.js'
import { messageOf } from '../errors/failure.js'
import { SWEEP_FILE } from './sweep-directory.js'

const REPORT_FILE = 'report.html'

/** Digests of what the page was made of, so that a file that is gone is missed. */
function digestsOf(directory: string): FileDigests {
  const names = readdirSync(directory).filter((name) => name === SWEEP_FILE || RESULT_FILE.test(name))
  return Object.fromEntries(names.map((name) => [name, sha256(bytesOf(join(directory, name)))]))
}

/** Writes the page of a document into its directory; a page that cannot be made costs nothing else. @returns a line that says where it is, or why not. */
export async function writeSweepPage(document: SweepDocument): Promise<string> {
  const { directory } = document
  try {
    const page = await renderReport([readSource(stringifyDocument(document), directory)])
    const isFree = await whileLocked(directory, () => {
      readDigests(directory)
      writeAtomically(join(directory, REPORT_FILE), page)
      addDigests(directory, { ...digestsOf(directory), [REPORT_FILE]: sha256(Buffer.from(page)) })
    })
    if (!isFree) return `note: ${REPORT_FILE} was not written: ${directory} is in use`
    return `report: ${join(directory, REPORT_FILE)}`
  } catch (error) {
    return `note: ${REPORT_FILE} was not written: ${messageOf(error)}`
  }
}
