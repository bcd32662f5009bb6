/**
 * The live view of a training on a terminal: how far it has come and how fast, loss and accuracy as they went, and the
 * gradient of each layer at the last probed step. It is redrawn a few times a second and leaves nothing behind.
 */
import type { RunEvent } from '@isograd/core'
import type { TransferProgress } from '@isograd/core/node'
import { type Look, printable } from '../look.js'
import type { Progress } from '../progress.js'
import { formatCount } from '../report/numbers.js'
import { frameLines } from './frame.js'
import { RunHistory } from './run-history.js'
import { Screen, type ScreenStream } from './screen.js'

const REDRAW_MILLISECONDS = 100

/** Progress as a live view. */
export class LiveProgress implements Progress {
  readonly #stream: ScreenStream
  readonly #screen: Screen
  readonly #look: Look
  #history: RunHistory | undefined
  #last = Number.NEGATIVE_INFINITY

  constructor(stream: ScreenStream, look: Look) {
    this.#stream = stream
    this.#screen = new Screen(stream)
    this.#look = look
  }

  event(event: RunEvent): void {
    const now = performance.now()
    if (event.type === 'start') this.#history = new RunHistory(event, now)
    this.#history?.add(event)
    if (event.type === 'end') this.#finish()
    else if (this.#history !== undefined) this.#draw(() => this.#frame(now), event.type === 'start')
  }

  #finish(): void {
    this.#history = undefined
    this.clear()
  }

  #frame(now: number): string[] {
    if (this.#history === undefined) return []
    const { width, height } = this.#screen
    return frameLines(this.#look, this.#history, now, { width, height })
  }

  transfer({ file, received, total }: TransferProgress): void {
    const share = total === undefined ? '' : `  ${Math.floor((100 * received) / total)}%`
    const line = `downloading ${printable(file)}${share}  ${formatCount(received / 1024)} KiB`
    if (total !== undefined && received >= total) this.clear()
    else this.#draw(() => [line.slice(0, this.#screen.width)], false)
  }

  note(text: string): void {
    this.clear()
    this.#stream.write(`${text}\n`)
  }

  clear(): void {
    this.#screen.clear()
    this.#last = Number.NEGATIVE_INFINITY
  }

  #draw(lines: () => string[], atOnce: boolean): void {
    const now = performance.now()
    if (!atOnce && now - this.#last < REDRAW_MILLISECONDS) return
    this.#last = now
    this.#screen.draw(lines())
  }
}
