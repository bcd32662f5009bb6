/**
 * Writes `report.html` beside the documents of a command. Training is what took the time: a page that cannot be made is
 * told of and costs nothing else.
 */
import { join } from 'node:path'
import { renderReport, type Source } from '@isograd/report'
import { messageOf } from '../errors/failure.js'
import type { RunDirectory } from './run-directory.js'

/** Name of the page in a directory of runs. */
const REPORT_FILE = 'report.html'

/** Writes the page of a document; `note` hears of it when that fails. Returns the last line of a command: where all is. */
export async function writeReport(
  directory: RunDirectory,
  source: Omit<Source, 'name'>,
  note: (text: string) => void,
): Promise<string> {
  try {
    directory.saveDocument(await renderReport([{ ...source, name: directory.path }]), REPORT_FILE)
    return `written to ${directory.path}\nreport: ${join(directory.path, REPORT_FILE)}`
  } catch (error) {
    note(`note: ${REPORT_FILE} was not written: ${messageOf(error)}`)
    return `written to ${directory.path}`
  }
}
