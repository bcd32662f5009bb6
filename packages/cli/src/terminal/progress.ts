/** The progress of trainings on standard error, in plain lines here. Results never go through here. */
import type { RunEvent } from '@isograd/core'
import type { EpochEvent, StartEvent } from '@isograd/core/compare'
import type { TransferProgress } from '@isograd/core/node'
import { figuresText, type GradientProbe, ownFigures } from '../documents/run-figures.js'
import { formatClock, formatCount, formatLoss, formatRate, formatScientific, formatSeconds } from '../text/numbers.js'
import { printable } from '../text/terminal-style.js'
import { RunHistory } from './run-history.js'

/** A stream that progress is written to. */
export interface ProgressStream {
  write(text: string): unknown
}

/** Shows runs and downloads as they go on. */
export interface Progress {
  /** @param run name of the run, as it is shown; several may be under way. */
  event(run: string, event: RunEvent): void
  /** The run goes on no further, however it ended. */
  remove(run: string): void
  transfer(progress: TransferProgress): void
  /** Writes a line that stays. @param isClosing true of what came of a command, which quiet ones tell too. */
  note(text: string, isClosing?: boolean): void
  /** Frees the lines that are rewritten for other output. */
  clear(): void
}

const MOST_EPOCH_LINES = 10

/** The progress of a download, or of a long reading. */
export function transferText({ file, received, total, isLocal = false }: TransferProgress): string {
  const share = total === undefined ? '' : `  ${Math.floor((100 * received) / total)}%`
  return `${isLocal ? 'reading' : 'downloading'} ${printable(file)}${share}  ${formatCount(received / 1024)} KiB`
}

/** Plain lines: the start of a run, some of its epochs with what a live view would show at their end, downloads. */
export class LineProgress implements Progress {
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

  remove(run: string): void {
    this.#runs.delete(run)
  }

  #begin(run: string, start: StartEvent, now: number): void {
    this.#runs.set(run, new RunHistory(start, now))
    this.note(`${printable(run)}: ${start.steps} steps`)
  }

  #epoch(run: string, history: RunHistory, event: EpochEvent, now: number): void {
    const { epoch, trainLoss, seconds } = event
    const { epochs } = history.start.spec
    const number = epoch + 1
    if (number % Math.ceil(epochs / MOST_EPOCH_LINES) !== 0 && number !== epochs) return
    const figures = [{ label: 'loss', text: formatLoss(trainLoss) }, ...ownFigures(history.start, event)]
    const rate =
      number === epochs ? '' : `, ${formatRate(history.rate(now))} steps/s, ${formatClock(history.left(now))} left`
    const gradients = history.gradients === undefined ? '' : gradientWords(history.gradients)
    this.note(
      `${printable(run)}: epoch ${number} of ${epochs}: ${figuresText(figures)}, ${formatSeconds(seconds)} s${rate}${gradients}`,
    )
  }

  transfer({ file, isLocal = false }: TransferProgress): void {
    if (file !== this.#file) this.note(`${isLocal ? 'reading' : 'downloading'} ${printable(file)}`)
    this.#file = file
  }

  note(text: string): void {
    this.#stream.write(`${text}\n`)
  }

  clear(): void {}
}

/** The ends of a gradient by depth: `, gradient at step 1: 3.7e-8 in dense1, 3.7e-1 in dense13`. */
function gradientWords({ step, norms }: GradientProbe): string {
  const [first, last] = [norms[0], norms.at(-1)]
  if (first === undefined || last === undefined || first === last) return ''
  const ends = [first, last].map(({ name, norm }) => `${formatScientific(norm, 1)} in ${printable(name)}`)
  return `, gradient at step ${formatCount(step + 1)}: ${ends.join(', ')}`
}
