/**
 * The reader of standard output, who may leave early as `head` does. A verb that is to leave files goes on without a
 * reader: the files are what was asked for, the text is a view of them.
 */
import { type ExitStatus, exitStatus } from './exit-status.js'
import { errorOutput } from './output.js'

let leavesFiles = false
let isCut = false

/** Says that the verb is to leave files, so that it does not end with its reader. */
export function goOnWithoutReader(): void {
  leavesFiles = true
}

/**
 * Ends the process in silence when its reader leaves, unless it is to leave files. A full disk is told of, and ends it with
 * the status of `statusOfOutput`, at once or behind its files.
 */
export function watchReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE' || error.code === 'EIO') {
      if (!leavesFiles) process.exit(exitStatus.brokenPipe)
      return
    }
    if (!isCut) errorOutput.write(`error: [isograd] standard output cannot be written: ${error.message}\n`)
    isCut = true
    if (!leavesFiles) process.exit(exitStatus.input)
  })
  process.stderr.on('error', () => {})
}

/** The status of a command whose standard output may have been cut by a full disk. */
export function statusOfOutput(status: ExitStatus): ExitStatus {
  return isCut && status === exitStatus.ok ? exitStatus.input : status
}
