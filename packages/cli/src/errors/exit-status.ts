/** The meanings of the command's exit status; the table of the README in code. */

/** Exit status by meaning. Signals are 128 and their number, as shells have it. */
export const exitStatus = {
  ok: 0,
  /** A check failed: backends disagree. */
  disagreement: 1,
  /** The user's input is wrong: an option, a file, an experiment, data. */
  input: 2,
  /** A backend could not run. */
  backend: 3,
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
