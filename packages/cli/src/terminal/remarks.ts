/** The remarks on trainings that went wrong whatever their backends, as lines of the summary. */
import type { RunRecord } from '@isograd/core'
import { remarksOn, remarksPage } from '@isograd/core/compare'
import { indented, wrap } from '../text/layout.js'
import { printable, type TerminalStyle } from '../text/terminal-style.js'

/** The remarks, a line each; none where all is well. */
export function remarkLines(style: TerminalStyle, records: readonly RunRecord[]): string[] {
  const remarks = remarksOn(records)
  if (remarks.length === 0) return []
  const all = [...remarks, `reasons and cures: ${remarksPage}`]
  return ['', ...indented(style, 2, (narrow) => all.flatMap((line) => wrap(narrow, printable(line), 2)))]
}
