/**
 * One frame of the live view while several runs are under way: title and bar of each, below them curves and gradients
 * as far as there is room. No line is wider than the terminal, and there are no more than fit it.
 */
import { stripVTControlCharacters } from 'node:util'
import { clip } from '../../text/layout.js'
import { paint, printable, type TerminalStyle } from '../../text/terminal-style.js'
import { decadesOf } from '../gradient-scale.js'
import { barLine, curveLines, type FrameSize, headLines, type RunView } from './frame.js'
import { gradientBars } from './gradient-bars.js'

/** A run among others. */
export interface SharedView extends RunView {
  /** Counts up over all runs: the larger, the later its gradients were probed. */
  readonly probed: number
}

const GAP = 2
const NARROWEST_CHART = 30
const LABEL = 20
/** Runs whose lines would scroll out of sight are counted. */
const COUNT_LINES = 1

/** Blocks of lines next to each other, each in a column of its own. */
function beside(blocks: readonly (readonly string[])[], width: number): string[] {
  const height = Math.max(0, ...blocks.map((block) => block.length))
  return Array.from({ length: height }, (_, i) =>
    blocks
      .map((block) => block[i] ?? '')
      .map((line) => line + ' '.repeat(Math.max(0, width - stripVTControlCharacters(line).length)))
      .join(' '.repeat(GAP))
      .trimEnd(),
  )
}

/** Gradients of as many runs as stand side by side, on one scale: those probed last, in the order of the runs. */
function charts(style: TerminalStyle, views: readonly SharedView[], width: number): string[] {
  const probed = views.flatMap(({ run, history: { gradients }, probed: order }) =>
    gradients === undefined ? [] : [{ run, gradients, order }],
  )
  const columns = Math.max(1, Math.min(probed.length, Math.floor((width + GAP) / (NARROWEST_CHART + GAP))))
  const latest = new Set(probed.toSorted((a, b) => b.order - a.order).slice(0, columns))
  const each = Math.floor((width - GAP * (columns - 1)) / columns)
  const shown = probed.filter((view) => latest.has(view))
  const decades = decadesOf(shown.flatMap(({ gradients }) => gradients.norms.map(({ norm }) => norm)))
  const blocks = shown.map(({ run, gradients }) =>
    gradientBars(style, gradients, each, { run: printable(run), decades }),
  )
  return beside(blocks, each)
}

/** A run in one line: its name and its bar. */
function lineOf(style: TerminalStyle, { run, history }: SharedView, now: number, width: number): string {
  const name = clip(style, printable(run), LABEL).padEnd(LABEL)
  if (width < 2 * LABEL) return clip(style, name, width)
  return `${paint(style, ['bold', 'cyan'], name)} ${barLine(style, history, now, width - LABEL - 1)}`
}

/** A line for each run, or for as many as fit and the number of the others. */
function shortLines(
  style: TerminalStyle,
  views: readonly SharedView[],
  now: number,
  { width, height }: FrameSize,
): string[] {
  const shown = views.length <= height ? views : views.slice(0, Math.max(0, height - COUNT_LINES))
  const others = views.length - shown.length
  const rest = others === 0 ? [] : [clip(style, `and ${others} more`, width)]
  return [...shown.map((view) => lineOf(style, view, now, width)), ...rest]
}

/** The lines of a frame about several runs. */
export function sharedFrameLines(
  style: TerminalStyle,
  views: readonly SharedView[],
  now: number,
  size: FrameSize,
): string[] {
  const { width, height } = size
  const heads = views.flatMap((view) => headLines(style, view, now, width))
  const curved = views.flatMap((view) => [
    ...headLines(style, view, now, width),
    ...curveLines(style, view.history, width),
  ])
  const bars = charts(style, views, width)
  const choices = [[...curved, ...bars], curved, [...heads, ...bars], heads]
  return choices.find((lines) => lines.length <= height) ?? shortLines(style, views, now, size)
}
