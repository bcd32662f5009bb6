/**
 * Writes `report.html` beside the documents of a command. Training took the time: a page that cannot be made is noted
 * and costs nothing else. The code that draws it is loaded here and not before.
 */
import { join } from 'node:path'
import type { CheckReport } from '@isograd/core/compare'
import type { LoadedBackend } from '../backends/load.js'
import { environmentOf } from '../documents/environment.js'
import type { RunDirectory } from '../documents/run-directory.js'
import type { RunsDocument } from '../documents/runs-document.js'
import { messageOf } from '../errors/failure.js'
import { readCheck } from '../page/records/check-source.js'
import type { Source } from '../page/records/source.js'

/** Name of the page in a directory of runs. */
export const PAGE_FILE = 'report.html'

type Note = (text: string) => void

async function write(directory: RunDirectory, source: Omit<Source, 'name' | 'chains'>, note: Note): Promise<string> {
  try {
    const [{ renderPage }, { assets }] = await Promise.all([import('../page/page.js'), import('../page/assets.js')])
    const page = renderPage([{ name: directory.path, chains: [], ...source }], assets)
    directory.saveDocument(page, PAGE_FILE)
    return `written to ${directory.path}\nreport: ${join(directory.path, PAGE_FILE)}`
  } catch (error) {
    note(`note: ${PAGE_FILE} was not written: ${messageOf(error)}`)
    return `written to ${directory.path}`
  }
}

/** Writes the page of runs; `note` takes the reason where that fails. Returns the line that says where everything is. */
export function writeReport(
  directory: RunDirectory,
  { environment, runs, failures }: RunsDocument,
  note: Note,
): Promise<string> {
  return write(directory, { environment, runs, failures, checks: [] }, note)
}

/** Writes the page of a check, in the same way. */
export function writeCheckReport(
  directory: RunDirectory,
  report: CheckReport,
  backends: readonly LoadedBackend[],
  note: Note,
): Promise<string> {
  const environment = environmentOf(backends)
  return write(directory, { environment, runs: [], failures: [], checks: [readCheck({ ...report })] }, note)
}
