/** Writes what `check --out` leaves: the document and the page of it. */
import type { CheckReport } from '@isograd/core'
import { readSource } from '@isograd/report'
import type { LoadedBackend } from '../backends/load.js'
import { writeReport } from '../documents/write-report.js'
import type { RunDirectory } from '../run/run-directory.js'
import { checkDocument } from './document.js'

/** Writes `check.json` and `report.html`; `note` hears where, and what failed. */
export async function leaveCheck(
  directory: RunDirectory,
  report: CheckReport,
  backends: readonly LoadedBackend[],
  note: (text: string) => void,
): Promise<void> {
  const document = checkDocument(report, backends)
  directory.saveDocument(document, 'check.json')
  note(await writeReport(directory, readSource(document, 'check.json'), note))
}
