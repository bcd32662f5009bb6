/** Conformance for people: cases passed by operation, the failures, and the verdict. */
import type { ConformanceReport } from '@isograd/core/conformance'
import { type Cell, table, wrap } from '../text/layout.js'
import { paint, printable, type TerminalStyle } from '../text/terminal-style.js'

function coverageTable(style: TerminalStyle, { coverage }: ConformanceReport): string[] {
  const rows = Object.entries(coverage).map(([op, { passed, total }]): Cell[] => {
    const text = `${passed} of ${total}`
    return [op, passed === total ? text : { text, format: passed === 0 ? 'red' : 'yellow' }]
  })
  return table(style, [{ title: 'operation' }, { title: 'cases passed', align: 'right' }], rows)
}

function caseLines(style: TerminalStyle, { results }: ConformanceReport, status: 'failed' | 'skipped'): string[] {
  const format = status === 'failed' ? 'red' : 'yellow'
  return results
    .filter((result) => result.status === status)
    .flatMap(({ id, detail }) => {
      const [first = '', ...rest] = wrap({ ...style, width: style.width - 4 }, printable(`${id}: ${detail}`), 0)
      return [`  ${paint(style, format, status)} ${first}`, ...rest.map((line) => `    ${line}`)]
    })
}

/** Programs to be saved and run, as they are. */
function programLines({ results }: ConformanceReport): string[] {
  return results.flatMap(({ id, reproduction }) =>
    reproduction === undefined
      ? []
      : [
          '',
          `  The least that shows ${printable(id)}; save it as failure.mjs and run it with node:`,
          '',
          ...reproduction.trimEnd().split('\n'),
        ],
  )
}

/** The lines of the report. */
export function conformanceReport(style: TerminalStyle, report: ConformanceReport): string[] {
  const { passed, failed, skipped, unsupported } = report.counts
  const unneeded = report.staleSkips.map(
    ({ id }) => `  ${paint(style, 'red', 'stale skip')} ${printable(id)}: no failing case`,
  )
  const cases = [...caseLines(style, report, 'failed'), ...unneeded, ...caseLines(style, report, 'skipped')]
  const counts = `${passed} passed, ${failed} failed, ${skipped} skipped, ${unsupported} unsupported`
  const verdict = report.ok
    ? paint(style, ['bold', 'green'], 'conforms')
    : paint(style, ['bold', 'red'], 'does not conform')
  return [
    ...coverageTable(style, report),
    '',
    ...cases,
    ...programLines(report),
    ...(cases.length === 0 ? [] : ['']),
    `${printable(report.backend)} ${verdict}: ${counts}`,
  ]
}
