/** Progress of `--quiet`: nothing but what went wrong. */
import type { Progress } from './progress.js'
import type { ProgressStream } from './progress.js'

/** Lets errors through. */
export class QuietProgress implements Progress {
  readonly #stream: ProgressStream

  constructor(stream: ProgressStream) {
    this.#stream = stream
  }

  event(): void {}

  leave(): void {}

  transfer(): void {}

  note(text: string): void {
    if (text.startsWith('error')) this.#stream.write(`${text}\n`)
  }

  clear(): void {}
}
