/** Some lines at the bottom of a terminal that are written over and over, and taken back without a trace. */

import { sequence } from '../../text/terminal-style.js'

/** The stream that the lines go to. */
export interface ScreenStream {
  readonly columns?: number
  readonly rows?: number
  readonly mark?: string
  write(text: string): unknown
}

/** The lines on a stream. */
export class Screen {
  readonly #stream: ScreenStream
  #drawn = 0

  constructor(stream: ScreenStream) {
    this.#stream = stream
  }

  /** Columns that a line may take: one short of the edge, for a full line would wrap; 80 where the terminal says none. */
  get width(): number {
    const { columns = 0 } = this.#stream
    return Math.max(1, (columns > 0 ? columns : 80) - 1)
  }

  /** Lines that may be drawn: what scrolls out of sight could not be taken back. */
  get height(): number {
    const { rows = 0 } = this.#stream
    return Math.max(1, (rows > 0 ? rows : 24) - 1)
  }

  /** Draws lines over those that are there. */
  draw(lines: readonly string[]): void {
    const text = lines.map((line) => `${line}${this.#own('\u001b[K')}`).join('\n')
    this.#stream.write(`${this.#home()}${text}${this.#own('\u001b[J')}`)
    this.#drawn = lines.length
  }

  /** Takes the lines back. */
  clear(): void {
    if (this.#drawn === 0) return
    this.#stream.write(`${this.#home()}${this.#own('\u001b[J')}`)
    this.#drawn = 0
  }

  /** To the start of the first line. */
  #home(): string {
    const start = this.#own('\r')
    return this.#drawn > 1 ? `${start}${this.#own(`\u001b[${this.#drawn - 1}A`)}` : start
  }

  #own(text: string): string {
    return sequence(this.#stream, text)
  }
}
