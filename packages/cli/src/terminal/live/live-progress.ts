/**
 * The live view of trainings on a terminal: how far they have come and how fast, loss and metric over time, and the
 * gradient of each layer at the last probed step. It is redrawn a few times a second and leaves nothing behind.
 */
import type { RunEvent } from '@isograd/core'
import type { TransferProgress } from '@isograd/core/node'
import type { TerminalStyle } from '../../text/terminal-style.js'
import { type Progress, transferText } from '../progress.js'
import { RunHistory } from '../run-history.js'
import { frameLines } from './frame.js'
import { Screen, type ScreenStream } from './screen.js'
import { sharedFrameLines, type SharedView } from './shared-frame.js'

const REDRAW_MILLISECONDS = 100

/** Progress as a live view. */
export class LiveProgress implements Progress {
  readonly #stream: ScreenStream
  readonly #screen: Screen
  readonly #style: TerminalStyle
  /** In the order in which they began. */
  readonly #views = new Map<string, SharedView>()
  #probes = 0
  #last = Number.NEGATIVE_INFINITY

  constructor(stream: ScreenStream, style: TerminalStyle) {
    this.#stream = stream
    this.#screen = new Screen(stream)
    this.#style = style
  }

  event(run: string, event: RunEvent): void {
    const now = performance.now()
    // A run without steps has ended before it could be seen.
    if (event.type === 'start' && event.steps > 0) {
      this.#views.set(run, { run, history: new RunHistory(event, now), probed: 0 })
    }
    const view = this.#views.get(run)
    if (view === undefined) return
    view.history.add(event)
    if (event.type === 'probes') this.#views.set(run, { ...view, probed: ++this.#probes })
    if (event.type === 'end') this.remove(run)
    else this.#draw(() => this.#frame(now), event.type === 'start')
  }

  remove(run: string): void {
    if (!this.#views.delete(run)) return
    if (this.#views.size === 0) this.clear()
    else this.#draw(() => this.#frame(performance.now()), true)
  }

  #frame(now: number): string[] {
    const views = [...this.#views.values()]
    const { width, height } = this.#screen
    const [first, ...others] = views
    if (first === undefined) return []
    if (others.length === 0) return frameLines(this.#style, first, now, { width, height })
    return sharedFrameLines(this.#style, views, now, { width, height })
  }

  transfer(progress: TransferProgress): void {
    if (progress.received === progress.total) this.clear()
    else this.#draw(() => [transferText(progress).slice(0, this.#screen.width)], false)
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
