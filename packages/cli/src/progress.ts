/**
 * What is going on, on standard error: one line that is rewritten on a terminal, a few plain lines elsewhere. Results
 * never go through here.
 */
import type { EpochEvent, GradientsEvent, RunEvent, StartEvent } from '@isograd/core'
import type { TransferProgress } from '@isograd/core/node'
import { type Look, printable, symbols } from './look.js'
import { clip } from './report/layout.js'
import { RunHistory } from './live/run-history.js'
import {
  formatClock,
  formatCount,
  formatLoss,
  formatPercent,
  formatRate,
  formatScientific,
  formatSeconds,
} from './report/numbers.js'

/** Where progress goes. */
export interface ProgressStream {
  readonly columns?: number
  write(text: string): unknown
}

/** Tells of runs and downloads as they go on. */
export interface Progress {
  event(event: RunEvent): void
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

function labelOf({ arm, backend }: StartEvent): string {
  return printable(`${arm} on ${backend}`)
}

/** Columns of a terminal; one that does not know its size says 0. */
function columnsOf({ columns = 0 }: ProgressStream): number {
  return columns > 0 ? columns : 80
}

/** How far a run has come. */
class Run {
  readonly start: StartEvent
  readonly #began: number
  #done = 0
  /** Step that was the first one here: a resumed run does not begin at 0. */
  #from: number | undefined
  #epoch = 0
  #loss = Number.NaN

  constructor(start: StartEvent, now: number) {
    this.start = start
    this.#began = now
  }

  advance(first: number, losses: readonly number[], epoch: number): void {
    this.#from ??= first
    this.#done = first + losses.length
    this.#epoch = epoch
    this.#loss = losses.at(-1) ?? Number.NaN
  }

  /** The run in one line of `width` columns: the bar takes what the words leave. */
  line(look: Look, now: number, width: number): string {
    const { steps, spec } = this.start
    const fraction = this.#done / steps
    const before = `${clip(look, labelOf(this.start), LABEL_WIDTH)}  epoch ${this.#epoch + 1}/${spec.epochs} `
    const after = ` ${String(Math.floor(100 * fraction)).padStart(3)}%${this.#pace(now)}`
    const room = width - before.length - after.length
    const cells = Math.max(NARROWEST_BAR, Math.min(WIDEST_BAR, room))
    const filled = Math.round(fraction * cells)
    const { bar, track } = symbols(look)
    return `${before}${bar.repeat(filled)}${track.repeat(cells - filled)}${after}`.slice(0, Math.max(1, width))
  }

  #pace(now: number): string {
    if (this.#done === 0) return ''
    const rate = (1000 * (this.#done - (this.#from ?? 0))) / (now - this.#began)
    const left = formatClock((this.start.steps - this.#done) / rate)
    return `  ${formatRate(rate)}/s  ${left} left  loss ${formatLoss(this.#loss)}`
  }
}

/** One line, rewritten. */
class TerminalProgress implements Progress {
  readonly #stream: ProgressStream
  readonly #look: Look
  #run: Run | undefined
  #drawn = Number.NEGATIVE_INFINITY

  constructor(stream: ProgressStream, look: Look) {
    this.#stream = stream
    this.#look = look
  }

  event(event: RunEvent): void {
    const now = performance.now()
    if (event.type === 'start') this.#run = new Run(event, now)
    if (event.type === 'steps') this.#run?.advance(event.first, event.losses, event.epoch)
    if (event.type === 'end') this.clear()
    else if (this.#run !== undefined) this.#draw(this.#run.line(this.#look, now, this.#width()), event.type === 'start')
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
  #history: RunHistory | undefined
  #file = ''

  constructor(stream: ProgressStream) {
    this.#stream = stream
  }

  event(event: RunEvent): void {
    const now = performance.now()
    if (event.type === 'start') this.#begin(event, now)
    this.#history?.add(event)
    if (event.type === 'epoch' && this.#history !== undefined) this.#epoch(this.#history, event, now)
  }

  #begin(start: StartEvent, now: number): void {
    this.#history = new RunHistory(start, now)
    this.note(`${labelOf(start)}: ${start.steps} steps`)
  }

  #epoch(history: RunHistory, { epoch, trainLoss, test, seconds }: EpochEvent, now: number): void {
    const { start } = history
    const { epochs } = start.spec
    const number = epoch + 1
    if (number % Math.ceil(epochs / MOST_EPOCH_LINES) !== 0 && number !== epochs) return
    const losses = `loss ${formatLoss(trainLoss)}, test loss ${formatLoss(test.loss)}`
    const rest = `accuracy ${formatPercent(test.accuracy)}, ${formatSeconds(seconds)} s`
    const pace =
      number === epochs ? '' : `, ${formatRate(history.rate(now))} steps/s, ${formatClock(history.left(now))} left`
    const gradients = history.gradients === undefined ? '' : gradientWords(history.gradients)
    this.note(`${labelOf(start)}: epoch ${number} of ${epochs}: ${losses}, ${rest}${pace}${gradients}`)
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
