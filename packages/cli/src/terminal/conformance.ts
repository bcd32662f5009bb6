/** Conformance for people: cases passed by operation, the failures, and the verdict. */
import { grouped, type MeasuredUnits } from '@isograd/core/compare'
import type { ConformanceReport } from '@isograd/core/conformance'
import { unitsText } from '../text/numbers.js'
import { type Cell, indented, table, wrap } from '../text/layout.js'
import { paint, printable, type TerminalStyle } from '../text/terminal-style.js'

/** Cases by operation, and all of them: a case counts for each operation in it, and some have none. */
function coverageTable(style: TerminalStyle, { coverage, counts, results }: ConformanceReport): string[] {
  const tried = Object.entries(coverage).filter(([, { total }]) => total > 0)
  const all = { passed: counts.passed, total: results.length }
  const rows = [...tried, ['all cases', all] as const].map(([op, { passed, total }]): Cell[] => {
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

/** The name of an operation in a reason. */
const OPERATION = /operation "([^"]*)" is/

/** The unsupported cases, each reason once with the number of its cases; operations of which the same is true stand together. */
function unsupportedLines(style: TerminalStyle, { results }: ConformanceReport): string[] {
  const unsupported = results.filter(({ status }) => status === 'unsupported').map(({ detail }) => detail)
  return grouped(unsupported, (detail) => detail.replace(OPERATION, '')).flatMap((details) => {
    const names = new Set(details.flatMap((detail) => OPERATION.exec(detail)?.[1] ?? []))
    const several = `operations ${[...names].join(', ')} are`
    const reason = details[0].replace(OPERATION, (one) => (names.size > 1 ? several : one))
    const text = `unsupported, ${details.length} ${details.length === 1 ? 'case' : 'cases'}: ${printable(reason)}`
    return indented(style, 2, (narrow) => wrap(narrow, text, 2))
  })
}

/** Programs to be saved and run, as they are: one for each family of cases, since the others of it show the same. */
function programLines({ results }: ConformanceReport): string[] {
  const withProgram = results.filter(({ reproduction }) => reproduction !== undefined)
  const families = grouped(withProgram, ({ id }) => id.split('/')[0])
  return families.flatMap(([{ id, reproduction }]) =>
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

/** The precision that a backend declares and was held to. */
function heldText({ precision }: ConformanceReport): string {
  return precision === undefined ? '' : `, held to ${precision}, as it declares`
}

/** The lines of the report. */
export function conformanceReport(style: TerminalStyle, report: ConformanceReport, units: MeasuredUnits): string[] {
  const { passed, failed, skipped, unsupported } = report.counts
  const unneeded = report.staleSkips.map(
    ({ id }) => `  ${paint(style, 'red', 'stale skip')} ${printable(id)}: no failing case`,
  )
  const cases = [
    ...caseLines(style, report, 'failed'),
    ...unneeded,
    ...caseLines(style, report, 'skipped'),
    ...unsupportedLines(style, report),
  ]
  const counts = `${passed} passed, ${failed} failed, ${skipped} skipped, ${unsupported} unsupported`
  const verdict = report.ok
    ? paint(style, ['bold', 'green'], 'conforms')
    : paint(style, ['bold', 'red'], 'does not conform')
  return [
    ...coverageTable(style, report),
    '',
    ...wrap(style, unitsText(units), 2),
    '',
    ...cases,
    ...programLines(report),
    ...(cases.length === 0 ? [] : ['']),
    `${printable(report.backend)} ${verdict}: ${counts}${heldText(report)}`,
  ]
}
