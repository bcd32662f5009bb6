/** Verdicts in their colours. */
import type { Verdict } from '@isograd/core/compare'
import type { Cell } from '../text/layout.js'
import { paint, symbols, type TerminalStyle } from '../text/terminal-style.js'

const colours = { agree: 'green', inconclusive: 'yellow', disagree: 'red', diverged: 'red' } as const

/** The verdict in its colour. */
export function verdictText(style: TerminalStyle, verdict: Verdict): string {
  return paint(style, ['bold', colours[verdict]], verdict)
}

/** A mark for right or wrong, as a cell of a table. */
export function markCell(style: TerminalStyle, ok: boolean): Cell {
  return { text: symbols(style)[ok ? 'ok' : 'bad'], format: ok ? 'green' : 'red' }
}

/** The same as text. */
export function mark(style: TerminalStyle, ok: boolean): string {
  return paint(style, ok ? 'green' : 'red', symbols(style)[ok ? 'ok' : 'bad'])
}
