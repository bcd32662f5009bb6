/** The meanings of the command's exit status; the table of the README in code. */
import type { RunRecord } from '@isograd/core'

/** Exit status by meaning. Signals are 128 and their number, as shells have it. */
export const exitStatus = {
  ok: 0,
  /** A check failed: backends disagree. */
  disagreement: 1,
  /** The user's input is wrong: an option, a file, an experiment, data. */
  input: 2,
  /** A backend could not run. */
  backend: 3,
  /** A training ended because its numbers were no longer finite, or left a network of which no loss is; nothing else went wrong. */
  diverged: 4,
  /** A fault of isograd itself; the number is EX_SOFTWARE of sysexits.h. */
  bug: 70,
  /** The terminal has gone. */
  hungUp: 129,
  interrupted: 130,
  /** Whoever read standard output has gone. */
  brokenPipe: 141,
  terminated: 143,
} as const

/** One of the exit statuses. */
export type ExitStatus = (typeof exitStatus)[keyof typeof exitStatus]

/** True of a training that the numbers ended, or whose last update left a network of which no loss is finite. */
function hasDiverged({ end, finals, experiment }: RunRecord): boolean {
  const isRuined = Object.values(finals).some(({ loss }) => !Number.isFinite(loss))
  return end.reason === 'nonFinite' || (isRuined && experiment.onNonFinite !== 'continue')
}

/** The status of trainings that have come to an end: whether all did so in finite numbers. */
export function statusOfRuns(records: readonly RunRecord[]): ExitStatus {
  return records.some(hasDiverged) ? exitStatus.diverged : exitStatus.ok
}
