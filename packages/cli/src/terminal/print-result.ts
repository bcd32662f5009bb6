/** The result of a verb on standard output: one JSON document, or the report for people. */
import { stringifyDocument } from '@isograd/core'
import type { SharedValues } from '../input/options.js'
import { styleOf, type TerminalStyle } from '../text/terminal-style.js'
import { output } from '../errors/output.js'

/** Prints a document where `--json` asks for it, else the lines of its report. */
export function printResult(
  { json = false, ascii = false }: Pick<SharedValues, 'json' | 'ascii'>,
  document: unknown,
  report: (style: TerminalStyle) => readonly string[],
): void {
  const lines = () => report(styleOf(output, process.env, ascii))
  output.write(json ? stringifyDocument(document) : `${lines().join('\n')}\n`)
}
