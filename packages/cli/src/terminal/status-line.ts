/** The line on standard error of verbs that train little: rewritten on a terminal; elsewhere notes alone. */
import type { TransferProgress } from '@isograd/core/node'
import { interruptible } from '../errors/interrupt.js'
import { printable, sequence, styleOf, type TerminalStyle } from '../text/terminal-style.js'
import type { SharedValues } from '../input/options.js'
import { isVerbose } from '../errors/is-verbose.js'
import { tell } from '../errors/verbose.js'
import { transferText } from './progress.js'
import { errorOutput } from '../errors/output.js'

/** A stream that a line can be rewritten on. */
export interface LineStream {
  readonly columns?: number
  write(text: string): unknown
}

/** A line that comes and goes. */
export class StatusLine {
  readonly #stream: LineStream
  readonly #style: TerminalStyle
  readonly #isQuiet: boolean
  #shown = false

  constructor(stream: LineStream, style: TerminalStyle, isQuiet = false) {
    this.#stream = stream
    this.#style = style
    this.#isQuiet = isQuiet
  }

  /** Shows what is being done, one column short of the edge: a full line would wrap, and no longer be rewritten. */
  readonly show = (text: string): void => {
    if (!this.#style.terminal || this.#isQuiet) return
    const width = Math.max(1, (this.#stream.columns || this.#style.width) - 1)
    this.#stream.write(`${this.#begin()}${printable(text).slice(0, width)}${sequence(this.#style, '\u001b[K')}`)
    this.#shown = true
  }

  /** Shows a part of work that takes long, and tells it where `--verbose` asks for that. */
  readonly stage = (text: string): void => {
    if (isVerbose()) {
      this.clear()
      tell(text)
    }
    this.show(text)
  }

  /** Shows how far a download has come. */
  readonly transfer = (progress: TransferProgress): void => {
    if (progress.received === progress.total) this.clear()
    else this.show(transferText(progress))
  }

  /** Writes a line that stays. @param isClosing true of what came of a command, which quiet ones tell too, as they do errors. */
  readonly note = (text: string, isClosing = false): void => {
    if (this.#isQuiet && !isClosing && !text.startsWith('error')) return
    this.clear()
    this.#stream.write(`${text}\n`)
  }

  /** Frees the line for other output. */
  readonly clear = (): void => {
    if (this.#shown) this.#stream.write(`${this.#begin()}${sequence(this.#style, '\u001b[K')}`)
    this.#shown = false
  }

  #begin(): string {
    return sequence(this.#style, '\r')
  }
}

/** Runs the work of a verb with a status line, silent with `--quiet` and gone at its end, and a signal that Ctrl-C fires. */
export async function withStatusLine<T>(
  { ascii = false, quiet = false }: Pick<SharedValues, 'ascii' | 'quiet'>,
  work: (line: StatusLine, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const line = new StatusLine(errorOutput, styleOf(errorOutput, process.env, ascii), quiet)
  try {
    return await interruptible({ stopping: line.clear, exiting: line.clear }, (signal) => work(line, signal))
  } finally {
    line.clear()
  }
}
