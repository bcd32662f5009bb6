/** Progress of `--quiet`: errors alone. */
import type { Progress, ProgressStream } from './progress.js'

/** Lets errors through. */
export class QuietProgress implements Progress {
  readonly #stream: ProgressStream

  constructor(stream: ProgressStream) {
    this.#stream = stream
  }

  event(): void {}

  remove(): void {}

  transfer(): void {}

  note(text: string): void {
    if (text.startsWith('error')) this.#stream.write(`${text}\n`)
  }

  clear(): void {}
}
