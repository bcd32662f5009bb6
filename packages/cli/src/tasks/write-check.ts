/** What `check --out` leaves: the document and the page of it. */
import type { CheckReport } from '@isograd/core'
import type { LoadedBackend } from '../backends/load.js'
import { readCheck } from '../page/records/check-source.js'
import { leavePageOf } from './write-report.js'
import { environmentOf } from '../documents/environment.js'
import type { RunDirectory } from '../documents/run-directory.js'
import { checkDocument } from '../documents/check-document.js'

/** Writes `check.json` and `report.html`; `note` hears where, and what failed. */
export async function leaveCheck(
  directory: RunDirectory,
  report: CheckReport,
  backends: readonly LoadedBackend[],
  note: (text: string) => void,
): Promise<void> {
  directory.saveDocument(checkDocument(report, backends), 'check.json')
  const environment = environmentOf(backends, process.argv.slice(2))
  const check = readCheck({ ...report })
  const source = { name: directory.path, environment, runs: [], failures: [], chains: [], checks: [check] }
  note(await leavePageOf(directory, source, note))
}
