/** The task of telling which files of a run are as they were written. */
import type { FileState } from '@isograd/core/node'
import { filesDocument } from '../documents/files-document.js'
import { type ExitStatus, exitStatus } from '../errors/exit-status.js'
import type { SharedValues } from '../input/options.js'
import { filesReport } from '../terminal/files.js'
import { EVENT_FILE, eventFileState } from '../tensorboard/event-log.js'
import { printResult } from '../terminal/print-result.js'

const differing: readonly FileState[] = ['changed', 'missing']

/** Prints the state of every file. @throws InputError */
export async function files(directory: string, options: SharedValues): Promise<ExitStatus> {
  const document = await filesDocument(directory, { [EVENT_FILE]: eventFileState })
  printResult(options, document, (style) => filesReport(style, document))
  return document.files.some(({ state }) => differing.includes(state)) ? exitStatus.disagreement : exitStatus.ok
}
