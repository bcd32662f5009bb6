/**
 * What is going on, on standard error: one line that is rewritten on a terminal, a few plain lines elsewhere. Results
 * never go through here.
 */
import type { EpochEvent, GradientsEvent, RunEvent, StartEvent } from '@isograd/core'
import type { TransferProgress } from '@isograd/core/node'
import { type Look, printable, symbols } from '../text/terminal-style.js'
import { clip } from '../text/layout.js'
import { RunHistory } from './run-history.js'
import {
  formatClock,
  formatCount,
  formatLoss,
  formatPercent,
  formatRate,
  formatScientific,
  formatSeconds,
} from '../text/numbers.js'

/** Where progress goes. */
export interface ProgressStream {
  readonly columns?: number
  write(text: string): unknown
}

/** Tells of runs and downloads as they go on. */
export interface Progress {
  /** @param run name of the run, as it is shown; several may be under way. */
  event(run: string, event: RunEvent): void
  /** The run goes on no further, however it ended. */
  leave(run: string): void
  transfer(progress: TransferProgress): void
  /** A line that stays. */
  note(text: string): void
  /** Makes the line free for other output. */
  clear(): void
}

const WIDEST_BAR = 20
const NARROWEST_BAR = 4
const LABEL_WIDTH = 24
const REDRAW_MILLISECONDS = 80
const MOST_EPOCH_LINES = 10

/** Columns of a terminal; one that does not know its size says 0. */
function columnsOf({ columns = 0 }: ProgressStream): number {
  return columns > 0 ? columns : 80
}

/** The run in one line of `width` columns: the bar takes what the words leave. */
function runLine(look: Look, run: string, history: RunHistory, now: number, width: number): string {
  const { start, epoch, fraction } = history
  const before = `${clip(look, printable(run), LABEL_WIDTH)}  epoch ${epoch}/${start.spec.epochs} `
  const after = ` ${String(Math.floor(100 * fraction)).padStart(3)}%${pace(history, now)}`
  const room = width - before.length - after.length
  const cells = Math.max(NARROWEST_BAR, Math.min(WIDEST_BAR, room))
  const filled = Math.round(fraction * cells)
  const { bar, track } = symbols(look)
  return `${before}${bar.repeat(filled)}${track.repeat(cells - filled)}${after}`.slice(0, Math.max(1, width))
}

function pace(history: RunHistory, now: number): string {
  if (history.done === 0) return ''
  const left = formatClock(history.left(now))
  return `  ${formatRate(history.rate(now))}/s  ${left} left  loss ${formatLoss(history.loss)}`
}

/** One line, rewritten: the run that something was last heard of. */
class TerminalProgress implements Progress {
  readonly #stream: ProgressStream
  readonly #look: Look
  readonly #runs = new Map<string, RunHistory>()
  #drawn = Number.NEGATIVE_INFINITY

  constructor(stream: ProgressStream, look: Look) {
    this.#stream = stream
    this.#look = look
  }

  event(run: string, event: RunEvent): void {
    const now = performance.now()
    if (event.type === 'start') this.#runs.set(run, new RunHistory(event, now))
    const history = this.#runs.get(run)
    history?.add(event)
    if (event.type === 'end') this.leave(run)
    else if (history !== undefined) {
      this.#draw(runLine(this.#look, run, history, now, this.#width()), event.type === 'start')
    }
  }

  leave(run: string): void {
    if (this.#runs.delete(run)) this.clear()
  }

  transfer({ file, received, total }: TransferProgress): void {
    const share = total === undefined ? '' : `  ${Math.floor((100 * received) / total)}%`
    const done = total !== undefined && received >= total
    this.#draw(`downloading ${printable(file)}${share}  ${formatCount(received / 1024)} KiB`, false)
    if (done) this.clear()
  }

  note(text: string): void {
    this.clear()
    this.#stream.write(`${text}\n`)
  }

  clear(): void {
    if (this.#drawn === Number.NEGATIVE_INFINITY) return
    this.#stream.write('\r\u001b[K')
    this.#drawn = Number.NEGATIVE_INFINITY
  }

  /** One column short of the edge: a line that fills it would wrap, and no longer be rewritten. */
  #width(): number {
    return Math.max(1, columnsOf(this.#stream) - 1)
  }

  #draw(line: string, atOnce: boolean): void {
    const now = performance.now()
    if (!atOnce && now - this.#drawn < REDRAW_MILLISECONDS) return
    this.#drawn = now
    this.#stream.write(`\r${line.slice(0, this.#width())}\u001b[K`)
  }
}

/**
 * Plain lines: the start of a run, some of its epochs with what a live view would show at their end, the start of a
 * download.
 */
class LineProgress implements Progress {
  readonly #stream: ProgressStream
  readonly #runs = new Map<string, RunHistory>()
  #file = ''

  constructor(stream: ProgressStream) {
    this.#stream = stream
  }

  event(run: string, event: RunEvent): void {
    const now = performance.now()
    if (event.type === 'start') this.#begin(run, event, now)
    const history = this.#runs.get(run)
    history?.add(event)
    if (event.type === 'epoch' && history !== undefined) this.#epoch(run, history, event, now)
  }

  leave(run: string): void {
    this.#runs.delete(run)
  }

  #begin(run: string, start: StartEvent, now: number): void {
    this.#runs.set(run, new RunHistory(start, now))
    this.note(`${printable(run)}: ${start.steps} steps`)
  }

  #epoch(run: string, history: RunHistory, { epoch, trainLoss, test, seconds }: EpochEvent, now: number): void {
    const { epochs } = history.start.spec
    const number = epoch + 1
    if (number % Math.ceil(epochs / MOST_EPOCH_LINES) !== 0 && number !== epochs) return
    const losses = `loss ${formatLoss(trainLoss)}, test loss ${formatLoss(test.loss)}`
    const rest = `accuracy ${formatPercent(test.accuracy)}, ${formatSeconds(seconds)} s`
    const rate =
      number === epochs ? '' : `, ${formatRate(history.rate(now))} steps/s, ${formatClock(history.left(now))} left`
    const gradients = history.gradients === undefined ? '' : gradientWords(history.gradients)
    this.note(`${printable(run)}: epoch ${number} of ${epochs}: ${losses}, ${rest}${rate}${gradients}`)
  }

  transfer({ file }: TransferProgress): void {
    if (file !== this.#file) this.note(`downloading ${printable(file)}`)
    this.#file = file
  }

  note(text: string): void {
    this.#stream.write(`${text}\n`)
  }

  clear(): void {}
}

/** The ends of a gradient by depth: `, gradient at step 1: 3.7e-8 in dense1, 3.7e-1 in dense13`. */
function gradientWords({ step, layers }: GradientsEvent): string {
  const [first, last] = [layers[0], layers.at(-1)]
  if (first === undefined || last === undefined || first === last) return ''
  const ends = [first, last].map(({ name, weight }) => `${formatScientific(weight, 1)} in ${printable(name)}`)
  return `, gradient at step ${formatCount(step + 1)}: ${ends.join(', ')}`
}

/** Progress as the look of its stream allows. */
export function progressOn(stream: ProgressStream, look: Look): Progress {
  return look.terminal ? new TerminalProgress(stream, look) : new LineProgress(stream)
}
