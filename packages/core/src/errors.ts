/**
 * Every error that isograd raises on purpose. A message says who (the package), what, what was expected,
 * what came, and how to mend it. An error of any other class that reaches the user is our own bug.
 */
import type { DType } from './tensor.js'

/** A line that quotes something of any length is shown by its ends. */
const LONGEST_LINE = 2000

function shortened(message: string): string {
  if (message.length <= LONGEST_LINE) return message
  const short = (line: string): string => `${line.slice(0, 0.7 * LONGEST_LINE)} ... ${line.slice(-0.2 * LONGEST_LINE)}`
  return message.replace(/[^\n]+/g, (line) => (line.length <= LONGEST_LINE ? line : short(line)))
}

/** Base of all deliberate errors; the message starts with `[source]`. */
export class IsogradError extends Error {
  override name = 'IsogradError'
  readonly source: string
  constructor(source: string, message: string, options?: ErrorOptions) {
    super(shortened(`[${source}] ${message}`), options)
    this.source = source
  }
}

/** The user's input is wrong: an experiment, an option, a file. The message alone must be enough to mend it. */
export class InputError extends IsogradError {
  override name = 'InputError'
}

/** A field of an experiment does not fit what is known only later, such as the data. */
export class FieldError extends InputError {
  override name = 'FieldError'
  /** The field's path within its arm: `metrics[1].k`. */
  readonly path: string
  /** The expected value, the one that came, and the cure. */
  readonly problem: string
  /** @param where text before the path. @param place text behind it, such as its line. */
  constructor(path: string, problem: string, { where = '', place = '' } = {}, options?: ErrorOptions) {
    super('core', `${where}${path}${place}: ${problem}`, options)
    this.path = path
    this.problem = problem
  }
}

/** A program breaks a rule of the IR. Raised by `verify` and while a program is being built. */
export class ProgramError extends IsogradError {
  override name = 'ProgramError'
}

/** A backend cannot be used or failed while running. */
export class BackendError extends IsogradError {
  override name = 'BackendError'
  #firstStep: number | undefined

  /** The first of the steps that were being computed, counted from 0, where that is known. */
  get firstStep(): number | undefined {
    return this.#firstStep
  }

  /** The same, which says by then in which steps it came. */
  atSteps({ first, count }: { readonly first: number; readonly count: number }): this {
    this.#firstStep = first
    this.message += `, in ${count === 1 ? `step ${first}` : `steps ${first} to ${first + count - 1}`}`
    return this
  }
}

/** The answer of a backend breaks the contract: it is of another shape, or missing. Nothing was computed wrongly by then. */
export class AnswerError extends BackendError {
  override name = 'AnswerError'
}

/** A backend has no kernel for an operation at a dtype. Raised by `compile`, never later. */
export class UnsupportedOpError extends BackendError {
  override name = 'UnsupportedOpError'
  readonly op: string
  /** Absent where the operation is not there for any. */
  readonly dtype: DType | undefined
  constructor(backend: string, op: string, dtype?: DType, hint = '', options?: ErrorOptions) {
    const of = dtype === undefined ? '' : ` for ${dtype}`
    super(backend, `operation "${op}" is not supported${of}${hint === '' ? '' : `: ${hint}`}`, options)
    this.op = op
    this.dtype = dtype
  }
}

/** True for an error of a backend: recognized by its name, since an adapter may bring its own copy of core. */
export function isBackendFailure(error: unknown): error is Error {
  return error instanceof Error && ['BackendError', 'AnswerError', 'UnsupportedOpError'].includes(error.name)
}

/** An address that was tried for a file, and why it did not do. */
export interface DownloadAttempt {
  readonly address: string
  readonly reason: string
}

/** A file could not be had from any of its addresses; the message lists them. */
export class DownloadError extends IsogradError {
  override name = 'DownloadError'
  readonly attempts: readonly DownloadAttempt[]
  constructor(source: string, file: string, attempts: readonly DownloadAttempt[], cure: string) {
    const list = attempts.map(({ address, reason }) => `\n  ${address}: ${reason}`).join('')
    super(source, `${file}: no mirror delivered it${list}\n${cure}`)
    this.attempts = attempts
  }
}

/** @throws InputError about a file, or another thing that has a name. */
export function failAt(subject: string, problem: string, cause?: unknown): never {
  throw new InputError('core', `${subject}: ${problem}`, { cause })
}

/** A broken invariant of isograd itself: please report it. */
export function internalError(message: string): Error {
  return new Error(`internal: ${message} (this is a bug in isograd; please report it)`)
}
