/** One frame of the live view: lines of text about a run, none wider than the terminal. */
import { judgedFacts } from '@isograd/core/compare'
import { formatMetric } from '../../documents/run-figures.js'
import { fractionsOf, sparkline } from '../../text/bars.js'
import { clip } from '../../text/layout.js'
import { formatClock, formatCount, formatLoss, formatRate } from '../../text/numbers.js'
import { paint, printable, symbols, type TerminalStyle } from '../../text/terminal-style.js'
import type { RunHistory } from '../run-history.js'
import { gradientBars } from './gradient-bars.js'

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

/** The name of the run, and the epoch. */
function titleLine(style: TerminalStyle, { run, history }: RunView, width: number): string {
  const { start, epoch } = history
  const position = `   epoch ${formatCount(epoch)} of ${formatCount(start.spec.epochs)}`
  const name = printable(run)
  const room = width - position.length
  if (room < LABEL) return paint(style, ['bold', 'cyan'], clip(style, name, width))
  return `${paint(style, ['bold', 'cyan'], clip(style, name, room))}${paint(style, 'dim', position)}`
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

/** The part that is done, and the time that is left. */
export function barLine(style: TerminalStyle, history: RunHistory, now: number, width: number): string {
  const words = barWords(history, now, width)
  const cells = width - words.length
  const filled = Math.round(history.fraction * cells)
  const { bar, track } = symbols(style)
  return `${paint(style, 'cyan', bar.repeat(filled))}${paint(style, 'dim', track.repeat(cells - filled))}${words}`
}

function curveLine(style: TerminalStyle, label: string, value: string, curve: string, width: number): string {
  const name = clip(style, label, LABEL - 1).padEnd(LABEL)
  const text = `${name}${value.padEnd(NUMBER)}${curve}`.slice(0, width)
  return `${paint(style, 'dim', text.slice(0, LABEL))}${text.slice(LABEL)}`
}

/** The two lines that every run has. */
export function headLines(style: TerminalStyle, view: RunView, now: number, width: number): string[] {
  return [titleLine(style, view, width), barLine(style, view.history, now, width)]
}

/** Loss and metric over time. */
export function curveLines(style: TerminalStyle, history: RunHistory, width: number): string[] {
  const { loss, losses, metrics, start } = history
  const lossText = loss === undefined ? '' : formatLoss(loss)
  const lossLine = curveLine(style, 'loss', lossText, sparkline(style, fractionsOf(losses)), width)
  const metric = metrics.at(-1)
  if (metric === undefined) return [lossLine]
  const facts = judgedFacts(start)
  // A share has a scale of its own, from 0 to 1.
  const fractions = facts.format === 'percent' ? metrics : fractionsOf(metrics)
  return [lossLine, curveLine(style, facts.label, formatMetric(facts, metric), sparkline(style, fractions), width)]
}

/** The lines of a frame; those that matter least are left out where there is no room. */
export function frameLines(style: TerminalStyle, view: RunView, now: number, { width, height }: FrameSize): string[] {
  const { history } = view
  const head = headLines(style, view, now, width)
  const curves = curveLines(style, history, width)
  const { gradients } = history
  const bars = gradients === undefined ? [] : gradientBars(style, gradients, width)
  return [head, curves, bars].reduce(
    (lines, part) => (lines.length + part.length <= height ? [...lines, ...part] : lines),
    [],
  )
}
