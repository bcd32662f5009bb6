/** All that can be named, for people. */
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
export function listReport(style: TerminalStyle, document: ListDocument): string[] {
  const { presets, datasets, formats, backends, ...records } = document
  const withArms = presets.map(({ name, description, arms, dataset }) => ({
    name,
    description: `${description} Arms: ${arms.join(', ')}.${dataset === null ? '' : ` Data: ${dataset}.`}`,
  }))
  const sections: [string, readonly Listed[]][] = [
    ['Presets', withArms],
    ['Tasks', records.tasks],
    ['Losses', records.losses],
    ['Metrics', records.metrics],
    ['Layers', records.layers],
    ['Activations', records.activations],
    ['Initializers', records.initializers],
    ['Regularizers', records.regularizers],
    ['Constraints', records.constraints],
    ['Optimizers', records.optimizers],
    ['Schedules', records.schedules],
    ['Data sets', datasets],
    ['Formats', formats],
    ['Backends', backends],
  ]
  return sections.flatMap(([title, entries], i) => [...(i === 0 ? [] : ['']), ...section(style, title, entries)])
}
