/** The result of a verb on standard output: one JSON document, or the report for people. */
import { stringifyDocument } from '@isograd/core'
import type { SharedValues } from '../input/options.js'
import { styleOf, type TerminalStyle } from '../text/terminal-style.js'
import { output } from '../errors/output.js'

/** Prints a document where `--json` asks for it, else the lines of its report; with `--quiet` its last paragraph, the verdict. */
export function printResult(
  { json = false, ascii = false, quiet = false }: Pick<SharedValues, 'json' | 'ascii' | 'quiet'>,
  document: unknown,
  report: (style: TerminalStyle) => readonly string[],
): void {
  const lines = () => {
    const all = report(styleOf(output, process.env, ascii))
    return quiet ? all.slice(all.lastIndexOf('') + 1) : all
  }
  output.write(json ? stringifyDocument(document) : `${lines().join('\n')}\n`)
}
