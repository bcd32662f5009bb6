/** One frame of the live view: lines of text about a run, none wider than the terminal. */
import { clip } from '../../text/layout.js'
import { formatClock, formatCount, formatLoss, formatPercent, formatRate } from '../../text/numbers.js'
import { type Look, paint, printable, symbols } from '../../text/terminal-style.js'
import { fractionsOf, sparkline } from './columns.js'
import { gradientBars } from './gradient-bars.js'
import type { RunHistory } from '../run-history.js'

/** A run that is shown. */
export interface RunView {
  readonly run: string
  readonly history: RunHistory
}

/** Room for a frame. */
export interface FrameSize {
  /** Columns that lines may take. */
  readonly width: number
  /** Lines that a frame may have. */
  readonly height: number
}

const LABEL = 10
const NUMBER = 10
const SHORTEST_BAR = 8

/** Who is trained, and the epoch. */
export function titleLine(look: Look, { run, history }: RunView, width: number): string {
  const { start, epoch } = history
  const place = `   epoch ${formatCount(epoch)} of ${formatCount(start.spec.epochs)}`
  const name = printable(run)
  const room = width - place.length
  if (room < LABEL) return paint(look, ['bold', 'cyan'], clip(look, name, width))
  return `${paint(look, ['bold', 'cyan'], clip(look, name, room))}${paint(look, 'dim', place)}`
}

/** Words beside the bar, as many as leave it room: time left matters most, the number of the step least. */
function barWords(history: RunHistory, now: number, width: number): string {
  const { fraction, done, start } = history
  const percent = ` ${String(Math.floor(100 * fraction)).padStart(3)}%`
  const step = `  step ${formatCount(done)}/${formatCount(start.steps)}`
  const [rate, left] = [`  ${formatRate(history.rate(now))} steps/s`, `  ${formatClock(history.left(now))} left`]
  const choices =
    done === 0
      ? [percent + step, percent]
      : [percent + step + rate + left, percent + rate + left, percent + left, percent]
  return choices.find((words) => words.length + SHORTEST_BAR <= width) ?? ''
}

/** How far it is, and how long it still takes. */
export function barLine(look: Look, history: RunHistory, now: number, width: number): string {
  const words = barWords(history, now, width)
  const cells = width - words.length
  const filled = Math.round(history.fraction * cells)
  const { bar, track } = symbols(look)
  return `${paint(look, 'cyan', bar.repeat(filled))}${paint(look, 'dim', track.repeat(cells - filled))}${words}`
}

function curveLine(look: Look, label: string, value: string, curve: string, width: number): string {
  const text = `${label.padEnd(LABEL)}${value.padEnd(NUMBER)}${curve}`.slice(0, width)
  return `${paint(look, 'dim', text.slice(0, LABEL))}${text.slice(LABEL)}`
}

/** Loss and accuracy as they went. */
export function curveLines(look: Look, { loss, losses, accuracies }: RunHistory, width: number): string[] {
  const lossCurve = sparkline(look, fractionsOf(losses))
  const lossLine = curveLine(
    look,
    'loss',
    Number.isNaN(loss) && losses.every((each) => each === undefined) ? '' : formatLoss(loss),
    lossCurve,
    width,
  )
  const accuracy = accuracies.at(-1)
  if (accuracy === undefined) return [lossLine]
  // From nothing to everything: an accuracy has a scale of its own.
  return [lossLine, curveLine(look, 'accuracy', formatPercent(accuracy), sparkline(look, accuracies), width)]
}

/** The lines of a frame; what matters least is left out where there is no room. */
export function frameLines(look: Look, view: RunView, now: number, { width, height }: FrameSize): string[] {
  const { history } = view
  const head = [titleLine(look, view, width), barLine(look, history, now, width)]
  const curves = curveLines(look, history, width)
  const { gradients } = history
  const bars = gradients === undefined || gradients.layers.length === 0 ? [] : gradientBars(look, gradients, width)
  return [head, curves, bars].reduce(
    (lines, part) => (lines.length + part.length <= height ? [...lines, ...part] : lines),
    [],
  )
}
