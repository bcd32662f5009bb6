/**
 * Leaves `report.html` beside the documents of a command. Training is what took the time: a page that cannot be made is
 * told of and costs nothing else. What draws it is loaded here and not before.
 */
import { messageOf } from '../failure.js'
import type { RunsDocument } from '../run/document.js'
import type { RunDirectory } from '../run/run-directory.js'
import type { Source } from './source.js'

/** Name of the page in a directory of runs. */
export const PAGE_FILE = 'report.html'

function sourceOf(name: string, { environment, runs, failures, chains = [] }: RunsDocument): Source {
  return { name, environment, runs, failures, chains }
}

async function renderDocument(name: string, document: RunsDocument): Promise<string> {
  const [{ renderPage }, { assets }] = await Promise.all([import('./page.js'), import('./assets.js')])
  return renderPage([sourceOf(name, document)], assets)
}

/** Writes the page of a document; `note` hears of it when that fails. */
export async function leavePage(
  directory: RunDirectory,
  document: RunsDocument,
  note: (text: string) => void,
): Promise<void> {
  try {
    directory.saveDocument(await renderDocument(directory.path, document), PAGE_FILE)
  } catch (error) {
    note(`note: ${PAGE_FILE} was not written: ${messageOf(error)}`)
  }
}
