/**
 * The message and the exit status for an error. Errors are known by the name of their class and not by `instanceof`: an
 * adapter that is installed elsewhere brings its own copy of core.
 */
import { thrownText } from '@isograd/core/text'
import { type ExitStatus, exitStatus } from './exit-status.js'
import { Interruption } from './interruption.js'
import { isVerbose } from './is-verbose.js'

/** A text to print and a status to exit with. */
export interface Failure {
  readonly status: ExitStatus
  readonly text: string
}

const statusOfClass: Readonly<Record<string, ExitStatus>> = {
  InputError: exitStatus.input,
  DownloadError: exitStatus.input,
  BackendError: exitStatus.backend,
}

/** The exit status of a deliberate error, by its class or the nearest base of it; undefined for every other error. */
export function deliberateStatus(error: unknown): ExitStatus | undefined {
  if (error instanceof Interruption) return error.status
  for (let at: unknown = error; at instanceof Error; at = Object.getPrototypeOf(at)) {
    const status = statusOfClass[at.constructor.name]
    if (status !== undefined) return status
  }
  return undefined
}

/** The message of an error of isograd's own, which may have several lines; of all else that was thrown, in one. */
export function messageOf(error: unknown): string {
  return error instanceof Error && deliberateStatus(error) !== undefined ? error.message : thrownText(error)
}

function bugReport(error: unknown): string {
  const hint = isVerbose() ? '' : ' --verbose shows where it comes from.'
  return `${messageOf(error)}\nThis is a bug in isograd: please report it at https://github.com/isograd/isograd/issues.${hint}`
}

/** The stack of an error and of what caused it, where that is asked for. */
function stackOf(error: unknown): string {
  if (!isVerbose() || !(error instanceof Error)) return ''
  const { stack = '', cause } = error
  return `\n${stack}${cause instanceof Error ? `\ncaused by:${stackOf(cause)}` : ''}`
}

/** The text for an error, and its exit status. */
export function failureOf(error: unknown): Failure {
  const status = deliberateStatus(error)
  if (status === undefined) return { status: exitStatus.bug, text: `error: ${bugReport(error)}${stackOf(error)}` }
  if (error instanceof Interruption) return { status, text: messageOf(error) }
  return { status, text: `error: ${messageOf(error)}${stackOf(error)}` }
}
