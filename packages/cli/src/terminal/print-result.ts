/** The result of a verb on standard output: one JSON document, or the report for people. */
import { stringifyDocument } from '@isograd/core'
import { WRITTEN_SCHEMA, type WrittenDocument } from '../documents/written-document.js'
import type { SharedValues } from '../input/options.js'
import { styleOf, type TerminalStyle } from '../text/terminal-style.js'
import { errorOutput, output } from '../errors/output.js'

type Report = (style: TerminalStyle) => readonly string[]

/** Prints a document where `--json` asks for it, else the lines of its report. */
export function printResult(
  { json = false, ascii = false }: Pick<SharedValues, 'json' | 'ascii'>,
  document: unknown,
  report: Report,
): void {
  const lines = () => report(styleOf(output, process.env, ascii))
  output.write(json ? stringifyDocument(document) : `${lines().join('\n')}\n`)
}

/** The same of a report whose last paragraph is the verdict: with `--quiet` that alone. */
export function printVerdict(
  { quiet = false, ...options }: Pick<SharedValues, 'json' | 'ascii' | 'quiet'>,
  document: unknown,
  report: Report,
): void {
  const last: Report = (style) => {
    const lines = report(style)
    return lines.slice(lines.lastIndexOf('') + 1)
  }
  printResult(options, document, quiet ? last : report)
}

/** Tells what was written: on standard error, or where `--json` asks for it as a document. */
export function printWritten({ json = false }: Pick<SharedValues, 'json'>, path: string, hint = ''): void {
  const document: WrittenDocument = { schema: WRITTEN_SCHEMA, written: [path] }
  if (json) output.write(stringifyDocument(document))
  else errorOutput.write(`written to ${path}${hint}\n`)
}
