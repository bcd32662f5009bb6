/** Presets, data sets and backends for people. */
import type { ListDocument, Listed } from '../documents/list-document.js'
import { wrap } from '../text/layout.js'
import { paint, type TerminalStyle } from '../text/terminal-style.js'

function section(style: TerminalStyle, title: string, entries: readonly Listed[]): string[] {
  const width = Math.max(...entries.map(({ name }) => name.length)) + 5
  return [
    paint(style, 'bold', title),
    ...entries.flatMap(({ name, description }) => {
      const [first = '', ...rest] = wrap(style, description, width)
      return [`  ${paint(style, 'cyan', name.padEnd(width - 2))}${first}`, ...rest]
    }),
  ]
}

/** The lines of the lists. */
export function listReport(style: TerminalStyle, { presets, datasets, backends }: ListDocument): string[] {
  const withArms = presets.map(({ name, description, arms, dataset }) => ({
    name,
    description: `${description} Arms: ${arms.join(', ')}.${dataset === null ? '' : ` Data: ${dataset}.`}`,
  }))
  return [
    ...section(style, 'Presets', withArms),
    '',
    ...section(style, 'Data sets', datasets),
    '',
    ...section(style, 'Backends', backends),
  ]
}
