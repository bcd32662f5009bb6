/** The task of telling which files of a run are as they were written. */
import type { FileState } from '@isograd/core/node'
import { readText } from '../disk/read-json.js'
import { filesDocument, type OwnState } from '../documents/files-document.js'
import { areResults, RESULT_FILE } from '../documents/sweep-lines.js'
import { type ExitStatus, exitStatus } from '../errors/exit-status.js'
import type { SharedValues } from '../input/options.js'
import { parseMark, SWEEP_FILE } from '../sweeps/sweep-directory.js'
import { filesReport } from '../terminal/files.js'
import { EVENT_FILE, eventFileState } from '../tensorboard/event-log.js'
import { printResult } from '../terminal/print-result.js'

/** Files of a sweep hold their own digests: the mark one, the results one in each line. */
function sealedState(path: string, isWhole: (text: string) => boolean): FileState {
  return isWhole(readText(path)) ? 'whole' : 'changed'
}

/** The state of a file that holds its own digest, whatever made it. */
export const ownState: OwnState = (name) => {
  if (name === EVENT_FILE) return eventFileState
  if (name === SWEEP_FILE) return (path) => sealedState(path, (text) => parseMark(text) !== undefined)
  return RESULT_FILE.test(name) ? (path) => sealedState(path, areResults) : undefined
}

const differing: readonly FileState[] = ['changed', 'missing']

/** Prints the state of every file. @throws InputError */
export async function files(directory: string, options: SharedValues): Promise<ExitStatus> {
  const document = await filesDocument(directory, ownState)
  printResult(options, document, (style) => filesReport(style, document))
  return document.files.some(({ state }) => differing.includes(state)) ? exitStatus.disagreement : exitStatus.ok
}
