/** A check as Markdown, for pull requests and job summaries. */
import type { ArmReport, CheckReport, Finding, OperationSummary } from '@isograd/core'
import { passingTolerance } from '../terminal/check.js'
import { formatScientific } from '../text/numbers.js'

/** Text in a cell of a table: no bars, no line breaks, nothing that would be read as HTML. */
export function markdownCell(text: string): string {
  return text.replace(/[|\\]/g, '\\$&').replace(/</g, '&lt;').replace(/\s+/g, ' ')
}

function line(cells: readonly string[]): string {
  return `| ${cells.map(markdownCell).join(' | ')} |`
}

/** A table. */
export function markdownTable(columns: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return [line(columns), `|${columns.map(() => ' --- ').join('|')}|`, ...rows.map(line)]
}

function verdictRows({ arms }: CheckReport): string[][] {
  return arms.flatMap(({ arm, judgements }) =>
    Object.entries(judgements).map(([mode, { verdict, reason }]) => [arm, mode, verdict, reason]),
  )
}

function findingRow(finding: Finding): string[] {
  const { severity, mode, arm = '', backend, operation = '', layer = '', stage = '', step, sentence } = finding
  const place = [operation, layer, stage, step === undefined ? '' : `step ${step}`].filter((part) => part !== '')
  return [severity, mode, arm, backend, place.join(', '), sentence, passingTolerance(finding)]
}

function ratio(summary: OperationSummary | undefined): string {
  if (summary === undefined) return ''
  return summary.ratio === 0 ? 'exact' : formatScientific(summary.ratio)
}

function operationRows({ operations }: ArmReport, backends: readonly string[]): string[][] {
  const names = [...new Set(operations.map(({ operation }) => operation))]
  return names.map((name) => [
    name,
    ...backends.map((backend) => ratio(operations.find((one) => one.operation === name && one.backend === backend))),
  ])
}

/** The report. */
export function checkMarkdown(report: CheckReport): string {
  const { experiment, backends, findings, failures, verdict } = report
  const names = backends.map(({ name }) => name)
  const findingColumns = ['', 'mode', 'arm', 'backend', 'where', 'finding', 'tolerance']
  const lines = [
    `## ${markdownCell(experiment)}: ${verdict}`,
    '',
    ...markdownTable(['arm', 'mode', 'verdict', 'reason'], verdictRows(report)),
    ...(findings.length === 0
      ? []
      : ['', '### Findings', '', ...markdownTable(findingColumns, findings.map(findingRow))]),
    ...(failures.length === 0
      ? []
      : [
          '',
          '### Backends that failed',
          '',
          ...markdownTable(
            ['backend', 'mode', 'arm', 'message'],
            failures.map(({ backend, mode, arm = '', message }) => [backend, mode, arm, message]),
          ),
        ]),
    ...report.arms
      .filter(({ operations }) => operations.length > 0)
      .flatMap((arm) => [
        '',
        `### ${markdownCell(arm.arm)}: worst error of each operation as a fraction of its rounding bound`,
        '',
        ...markdownTable(['operation', ...names], operationRows(arm, names)),
      ]),
  ]
  return `${lines.join('\n')}\n`
}
