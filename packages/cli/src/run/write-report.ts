/**
 * Leaves `report.html` beside the documents of a command. Training is what took the time: a page that cannot be made is
 * told of and costs nothing else. What draws it is loaded here and not before.
 */
import { join } from 'node:path'
import { messageOf } from '../failure.js'
import type { RunsDocument } from '../run/document.js'
import type { RunDirectory } from '../run/run-directory.js'
import type { Source } from './records/source.js'

/** Name of the page in a directory of runs. */
export const PAGE_FILE = 'report.html'

function sourceOf(name: string, { environment, runs, failures, chains = [] }: RunsDocument): Source {
  return { name, environment, runs, failures, chains, checks: [] }
}

/** Writes the page of a source; `note` hears of it when that fails. Returns what to say at the end: where all is. */
export async function leavePageOf(
  directory: RunDirectory,
  source: Source,
  note: (text: string) => void,
): Promise<string> {
  try {
    const [{ renderPage }, { assets }] = await Promise.all([import('./page.js'), import('./assets.js')])
    directory.saveDocument(renderPage([source], assets), PAGE_FILE)
    return `written to ${directory.path}\nreport: ${join(directory.path, PAGE_FILE)}`
  } catch (error) {
    note(`note: ${PAGE_FILE} was not written: ${messageOf(error)}`)
    return `written to ${directory.path}`
  }
}

/** The same of a document of runs. */
export function leavePage(
  directory: RunDirectory,
  document: RunsDocument,
  note: (text: string) => void,
): Promise<string> {
  return leavePageOf(directory, sourceOf(directory.path, document), note)
}
