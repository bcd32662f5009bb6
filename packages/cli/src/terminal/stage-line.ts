/** What a check is doing, on standard error: one line that is rewritten on a terminal, nothing elsewhere. */
import { type Look, printable } from '../text/terminal-style.js'

/** A line that comes and goes. */
export class StageLine {
  readonly #stream: NodeJS.WriteStream
  readonly #look: Look
  #shown = false

  constructor(stream: NodeJS.WriteStream, look: Look) {
    this.#stream = stream
    this.#look = look
  }

  show(text: string): void {
    if (!this.#look.terminal) return
    const width = Math.max(1, (this.#stream.columns || this.#look.width) - 1)
    this.#stream.write(`\r${printable(text).slice(0, width)}\u001b[K`)
    this.#shown = true
  }

  clear(): void {
    if (this.#shown) this.#stream.write('\r\u001b[K')
    this.#shown = false
  }
}
